"""Audits that tests make: chained as auth chains, and as a client gets to see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from jira_analytics.auth.v1.workspace_pb2 import AuditCheckpoint
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent as Shown
from services.auth.answers.audit import checkpoint_message, event_message
from services.auth.domain.audit_chain import Row, SignedCheckpoint, extended
from services.auth.keys.checkpoints import CheckpointSigner
from services.auth.keys.signing import make_key
from services.kernel.audit import AuditEvent
from services.kernel.ids import Instant, WorkspaceId

WORKSPACE = WorkspaceId("wsp_1")
MONTH = 31 * 24 * 3600 * 1000
BEGAN = 1_795_400_000_000
# Three, so that a handful of events makes several segments.
MOST_ROWS = 3


@cache
def signer() -> CheckpointSigner:
    """Give the key that signs, made once."""
    return CheckpointSigner([make_key()])


@cache
def other_signer() -> CheckpointSigner:
    """Give a key that nobody has published."""
    return CheckpointSigner([make_key()])


def occurred(number: int, target_id: str = "") -> AuditEvent:
    """Make an event."""
    event_id, at = f"evt_{number}", BEGAN + number
    return AuditEvent(event_id, WORKSPACE, at, "member.add", "usr_1", target_id)


def when(instant: Instant) -> datetime:
    """Give an instant as a client has it."""
    return datetime.fromtimestamp(instant / 1000, UTC)


@dataclass
class Audit:
    """A workspace's audit that grows."""

    rows: list[Row] = field(default_factory=list)
    ended: list[SignedCheckpoint] = field(default_factory=list)
    head: SignedCheckpoint | None = None

    def grow(
        self,
        events: Sequence[AuditEvent],
        now: Instant = BEGAN,
        *,
        by: CheckpointSigner | None = None,
    ) -> None:
        """Put events at the end."""
        grown = extended(
            self.head,
            WORKSPACE,
            events,
            now=now,
            sign=(by or signer()).sign,
            most_rows=MOST_ROWS,
        )
        self.rows += grown.rows
        self.ended += grown.ended
        self.head = grown.head

    @property
    def shown(self) -> list[Shown]:
        """Give the events as they are listed: the latest first."""
        return [event_message(row) for row in reversed(self.rows)]

    @property
    def checkpoints(self) -> list[AuditCheckpoint]:
        """Give the checkpoints as they are listed."""
        open_one = [self.head] if self.head and self.head.checkpoint.open else []
        return [checkpoint_message(one) for one in [*self.ended, *open_one]]
