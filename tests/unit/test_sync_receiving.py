"""Taking a webhook: what it leads to, and what its sender is told where that fails."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis.exceptions import ConnectionError as NotConnected

from services.kernel.errors import StoreUnavailable, WebhookRefused
from services.kernel.ids import ConnectionId, IssueId
from services.sync.domain.lanes import Lane
from services.sync.domain.marks import Added
from services.sync.domain.signature import holds
from services.sync.hooks.checking import REMEMBERED_MILLISECONDS, Signatures
from services.sync.hooks.receiving import Delivery, Receiving
from tests.rpc.hook_sending import signed

NOW = 1_700_000_000_000
ONE = ConnectionId("con_1")


@dataclass
class Around:
    """Secrets, marks and the queue; `failing` is what the queue raises."""

    failing: Exception | None = None
    known: set[str] = field(default_factory=set)
    steps: list[Any] = field(default_factory=list)

    async def hold(self, connection_id: ConnectionId, signed: str, body: bytes) -> bool:
        return holds(signed, body, ["hush"])

    async def add(
        self,
        connection_id: ConnectionId,
        delivery_id: str,
        issues: Sequence[IssueId],
        *,
        deleted: bool,
    ) -> Added:
        known = delivery_id in self.known
        if not known:
            self.steps.append((connection_id, list(issues), deleted))
        self.known.add(delivery_id)
        return Added(known=known, put=True)

    async def put(self, connection_id: ConnectionId, lane: Lane) -> None:
        self.steps.append((connection_id, lane))
        if self.failing is not None:
            raise self.failing

    async def receive(self, signer: str = "hush", **said: Any) -> None:
        body = json.dumps({"timestamp": NOW, **said}).encode()
        receiving = Receiving(self, self, self, lambda: NOW)
        await receiving(Delivery(ONE, signed(body, signer), "d-1", body))


async def test_an_issue_is_marked_and_its_connection_put_into_the_queue() -> None:
    """In this order, before what is merely due."""
    around = Around()
    await around.receive(issue={"id": "7"}, webhookEvent="jira:issue_deleted")
    assert around.steps == [(ONE, ["7"], True), (ONE, Lane.REFRESH)]


@pytest.mark.parametrize("away", [NotConnected("x"), OSError("x"), TimeoutError()])
async def test_a_queue_that_is_away_is_told(away: Exception) -> None:
    """The site sends again what was answered with 503; then the queue is asked again."""
    around = Around(failing=away)
    with pytest.raises(StoreUnavailable):
        await around.receive(issue={"id": "7"})
    around.failing = None
    await around.receive(issue={"id": "7"})
    assert around.steps == [(ONE, ["7"], False), (ONE, Lane.REFRESH), (ONE, Lane.REFRESH)]


async def test_what_is_refused_or_names_nothing_has_no_effect() -> None:
    """Neither a mark nor a place in the queue."""
    around = Around()
    with pytest.raises(WebhookRefused):
        await around.receive("another", issue={"id": "7"})
    await around.receive(webhookEvent="sprint_started")
    assert around.steps == []


@dataclass
class Kept:
    """Secrets as they are stored, and how often they were asked for."""

    secrets: list[str]
    asked: int = 0
    now: int = NOW

    async def good(self, connection_id: ConnectionId) -> Sequence[str]:
        self.asked += 1
        return list(self.secrets)


async def test_a_secret_is_remembered_for_seconds() -> None:
    """It is looked up once; after that it counts again what is stored."""
    kept = Kept(["old"])
    signatures = Signatures(kept, lambda: kept.now)
    for _ in range(3):
        assert await signatures.hold(ONE, signed(b"x", "old"), b"x")
    assert kept.asked == 1
    kept.secrets = []
    kept.now += REMEMBERED_MILLISECONDS
    assert not await signatures.hold(ONE, signed(b"x", "old"), b"x")


async def test_a_secret_that_was_made_is_known_at_once() -> None:
    """Also where another is remembered; what does not hold is never remembered."""
    kept = Kept(["old"])
    signatures = Signatures(kept, lambda: kept.now)
    assert await signatures.hold(ONE, signed(b"x", "old"), b"x")
    kept.secrets = ["young", "old"]
    assert await signatures.hold(ONE, signed(b"x", "young"), b"x")
    for asked in (3, 4):
        assert not await signatures.hold(ONE, signed(b"x", "none"), b"x")
        assert kept.asked == asked
