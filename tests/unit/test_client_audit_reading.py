"""Reading an audit to verify it, page by page, and remembering where it was seen to end."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from client.audit_findings import Problem, Seen
from client.audit_memory import AuditMemory
from client.audit_verification import verify_audit
from client.failures import ClientError
from jira_analytics.auth.v1.workspace_pb2 import (
    ListAuditCheckpointsRequest,
    ListAuditCheckpointsResponse,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
)
from tests.unit.audit_examples import BEGAN, WORKSPACE, Audit, occurred, signer, when

HERE, THERE = "https://localhost:8443", "https://flow.example.com:443"
NOW = when(BEGAN)
SEEN = Seen(7, "a" * 64, "key")


@dataclass
class Pages:
    """An audit that is listed two at a time; `meanwhile` is done after the first page of events."""

    audit: Audit
    meanwhile: Callable[[], None] = lambda: None
    hidden: int = 0

    async def audit_events(self, request: ListAuditEventsRequest) -> ListAuditEventsResponse:
        before = int(request.page_token or 2**40)
        found = [one for one in self.audit.shown if one.sequence < before]
        self.meanwhile()
        following = str(found[1].sequence) if len(found) > 2 else ""
        return ListAuditEventsResponse(audit_events=found[:2], next_page_token=following)

    async def audit_checkpoints(
        self, request: ListAuditCheckpointsRequest
    ) -> ListAuditCheckpointsResponse:
        listed = self.audit.checkpoints
        checkpoints = listed[: len(listed) - self.hidden]
        begin = int(request.page_token or 0)
        following = str(begin + 2) if len(checkpoints) > begin + 2 else ""
        page = checkpoints[begin : begin + 2]
        keys = signer().published
        return ListAuditCheckpointsResponse(checkpoints=page, next_page_token=following, keys=keys)


def audit_of(count: int) -> Audit:
    audit = Audit()
    audit.grow([occurred(number) for number in range(count)])
    return audit


@pytest.mark.parametrize("count", [0, 1, 2, 3, 11])
async def test_every_page_is_read(count: int) -> None:
    """An audit of any length is read to its end, and ends where its head says."""
    outcome = await verify_audit(Pages(audit_of(count)), WORKSPACE, seen=None, now=NOW)
    assert outcome.whole
    assert outcome.verified == count
    assert (outcome.head.sequence if outcome.head else 0) == count


async def test_an_audit_may_grow_while_it_is_read() -> None:
    """What comes meanwhile moves no page and is no finding; the next time it is verified."""
    audit = audit_of(5)
    audit_checkpoints = audit.checkpoints
    grown = iter(range(100, 200))
    pages = Pages(audit, meanwhile=lambda: audit.grow([occurred(next(grown))]))
    first = await verify_audit(pages, WORKSPACE, seen=None, now=NOW)
    assert first.whole
    assert first.head is not None
    assert first.head.hash == audit_checkpoints[-1].last_hash
    second = await verify_audit(Pages(audit), WORKSPACE, seen=first.head, now=NOW)
    assert second.whole
    assert second.verified == len(audit.rows) > 5


async def test_events_that_no_checkpoint_ever_vouches_for_are_found() -> None:
    """Events behind the end, which is still where it was when they were seen."""
    outcome = await verify_audit(Pages(audit_of(5), hidden=1), WORKSPACE, seen=None, now=NOW)
    assert [(one.problem, one.sequence) for one in outcome.findings] == [(Problem.CHECKPOINT, 5)]


def test_each_workspace_of_each_gateway_is_remembered(tmp_path: Path) -> None:
    memory = AuditMemory(tmp_path / "folder" / "session.json")
    assert memory.last_seen(HERE, "wsp_1") is None
    memory.keep(HERE, "wsp_1", SEEN)
    memory.keep(HERE, "wsp_2", Seen(1, "b" * 64, "key"))
    memory.keep(THERE, "wsp_1", Seen(2, "c" * 64, "key"))
    assert AuditMemory(tmp_path / "folder" / "session.json").last_seen(HERE, "wsp_1") == SEEN
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", "{", '{"https://localhost:8443": {"wsp_1": 1}}'])
def test_a_memory_that_is_damaged_is_no_empty_one(tmp_path: Path, text: str) -> None:
    """To take it for empty would let an audit go back unnoticed."""
    memory = AuditMemory(tmp_path / "session.json")
    memory.path.write_text(text)
    with pytest.raises(ClientError, match="damaged"):
        memory.last_seen(HERE, "wsp_1")
