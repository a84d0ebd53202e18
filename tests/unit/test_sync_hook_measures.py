"""What is measured of webhooks: each counted once, by what came of it."""

from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis.exceptions import ConnectionError as NotConnected

from services.kernel.errors import InvalidField, StoreUnavailable, WebhookRefused
from services.kernel.ids import ConnectionId
from services.sync.hooks.measures import MeasuredReceiving
from services.sync.hooks.receiving import Delivery, Receiving
from tests.rpc.hook_sending import signed
from tests.unit.test_sync_receiving import NOW, Around

BODY = b'{"timestamp": %d, "issue": {"id": "7"}, "issueLink": {"sourceIssueId": 8}}' % NOW


def counted() -> dict[str, float]:
    """Give what was counted of webhooks so far, by measure and label."""
    return {
        "/".join((sample.name, *sample.labels.values())): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name.startswith("jira_analytics_sync_webhook") and sample.name.endswith("_total")
    }


@dataclass
class Counting:
    """Webhooks that are taken and counted."""

    around: Around

    async def more(self, body: bytes, signer: str = "hush") -> dict[str, float]:
        """Take one; gives what was counted of it."""
        before = counted()
        receiving = MeasuredReceiving(Receiving(self.around, self.around, self.around, lambda: NOW))
        delivery = Delivery(ConnectionId("con_1"), signed(body, signer), "d-1", body)
        try:
            await receiving(delivery)
        except (WebhookRefused, InvalidField, StoreUnavailable) as refused:
            self.raised = refused
        after = counted()
        names = {name.removeprefix("jira_analytics_sync_webhook"): name for name in after}
        return {
            short: after[name] - before.get(name, 0)
            for short, name in names.items()
            if after[name] != before.get(name, 0)
        }


async def test_a_delivery_is_marked_once_and_known_then() -> None:
    counting = Counting(Around())
    assert await counting.more(BODY) == {"s_total/marked": 1, "_marks_total": 2}
    assert await counting.more(BODY) == {"s_total/known": 1}
    nameless = b'{"timestamp": %d}' % NOW
    assert await counting.more(nameless) == {"s_total/nameless": 1}


@pytest.mark.parametrize(
    ("body", "signer", "why"),
    [
        (BODY, "another", "signature"),
        (b'{"timestamp": 1}', "hush", "old"),
        (b"[]", "hush", "unreadable"),
        (b"x" * (1024 * 1024 + 1), "hush", "unreadable"),
    ],
)
async def test_what_is_refused_is_counted_by_why(body: bytes, signer: str, why: str) -> None:
    """For who runs it; who sent it is told the same of all that is not signed, or too old."""
    more = await Counting(Around()).more(body, signer)
    assert more == {"s_total/refused": 1, f"s_refused_total/{why}": 1}


async def test_what_could_not_be_taken_is_counted_as_failed() -> None:
    """The site sends it again; its issues are counted when they are marked, and that was now."""
    away: Any = NotConnected("x")
    assert await Counting(Around(failing=away)).more(BODY) == {"s_total/failed": 1}
