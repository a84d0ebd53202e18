"""What tests of verifying do again and again: make an audit, harm it, verify it."""

from collections.abc import Sequence
from datetime import datetime

from client.audit_findings import Outcome, Seen
from client.audit_verification import Verification, hash_of
from jira_analytics.auth.v1.workspace_pb2 import AuditCheckpoint, AuditEvent
from services.kernel.audit import AuditEvent as Event
from tests.unit.audit_examples import BEGAN, MONTH, WORKSPACE, Audit, signer, when

NOW = when(BEGAN)


def audit_of(history: Sequence[tuple[int, Sequence[Event]]]) -> Audit:
    audit, now = Audit(), BEGAN
    for months, batch in history:
        now += months * MONTH
        audit.grow(batch, now)
    return audit


def verify(
    shown: Sequence[AuditEvent],
    checkpoints: Sequence[AuditCheckpoint],
    *,
    seen: Seen | None = None,
    now: datetime = NOW,
) -> Outcome:
    keys = signer().published
    verification = Verification(WORKSPACE, checkpoints, keys, seen=seen, now=now)
    for event in shown:
        verification.take([event])
    return verification.outcome()


def rechained(shown: list[AuditEvent], position: int) -> None:
    """Compute every hash anew from an event on, as one who can write but not sign would."""
    for place in range(position, -1, -1):
        if place < position:
            shown[place].previous_hash = shown[place + 1].hash
        shown[place].hash = hash_of(shown[place], WORKSPACE)
