"""`audit verify` at a terminal: what is whole is remembered, what is not ends in failure."""

import json

from jira_analytics.auth.v1.workspace_pb2 import (
    ListAuditCheckpointsResponse,
    ListAuditEventsResponse,
)
from tests.rpc.client_terminal import Terminal, signed_in, terminal
from tests.unit.audit_examples import Audit, occurred, signer
from tests.unit.client_workspaces import SECRET

__all__ = ["signed_in", "terminal"]

FAILED = (
    "jira-analytics: the audit is not whole; "
    "change nothing, and tell whoever operates the product\n"
)


def _audit(count: int) -> Audit:
    audit = Audit()
    audit.grow([occurred(number) for number in range(1, count + 1)])
    return audit


def _serve(terminal: Terminal, audit: Audit, *, without: int | None = None) -> None:
    listed = [event for event in audit.shown if event.sequence != without]
    terminal.served.product.answers |= {
        "ListAuditEvents": ListAuditEventsResponse(audit_events=listed),
        "ListAuditCheckpoints": ListAuditCheckpointsResponse(
            checkpoints=audit.checkpoints, keys=signer().published
        ),
    }


async def test_a_whole_audit_passes_and_its_end_is_remembered_privately(
    signed_in: Terminal,
) -> None:
    _serve(signed_in, _audit(7))
    ran = await signed_in.run("audit", "verify")
    assert (ran.code, ran.out) == (0, "✓ the audit is whole: 7 events verified\n"), ran.err
    memory = signed_in.folder / ".config" / "jira-analytics" / "audit-seen.json"
    assert memory.stat().st_mode & 0o777 == 0o600
    assert '"sequence": 7' in memory.read_text()


async def test_an_event_that_was_taken_out_is_named(signed_in: Terminal) -> None:
    _serve(signed_in, _audit(7), without=4)
    ran = await signed_in.run("audit", "verify")
    assert (ran.code, ran.err) == (1, FAILED)
    assert "event 4 is missing" in ran.out


async def test_an_audit_that_went_back_is_found_by_what_was_remembered(
    signed_in: Terminal,
) -> None:
    """Whole and signed in itself, and yet shorter than it was: the next whole one is no comfort."""
    _serve(signed_in, _audit(7))
    await signed_in.run("audit", "verify")
    _serve(signed_in, _audit(4))
    for _ in range(2):
        ran = await signed_in.run("audit", "verify")
        assert (ran.code, ran.err) == (1, FAILED)
        assert "it ends at event 4, and had 7 before" in ran.out


async def test_a_program_reads_the_findings_and_the_exit_code(signed_in: Terminal) -> None:
    _serve(signed_in, _audit(7), without=4)
    ran = await signed_in.run("audit", "verify", "--json")
    outcome = json.loads(ran.out)
    assert (ran.code, outcome["whole"]) == (1, False)
    assert [each["problem"] for each in outcome["findings"]] == ["MISSING"]


async def test_a_machine_verifies_and_writes_nothing(terminal: Terminal) -> None:
    terminal.served.product.api_keys.add(SECRET)
    _serve(terminal, _audit(7))
    ran = await terminal.run("audit", "verify", JIRA_ANALYTICS_API_KEY=SECRET)
    assert ran.code == 0, ran.err
    assert not (terminal.folder / ".config").exists()
