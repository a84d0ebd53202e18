"""What tests of chains do again and again, straight at the store: let events wait, verify all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from client.audit_findings import Outcome, Seen
from client.audit_verification import verify_audit
from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.answers.audit import checkpoint_message, event_message
from services.auth.audit.listing import ListCheckpoints, ListEvents
from services.auth.domain.audit_question import Wanted
from services.auth.keys.checkpoints import CheckpointSigner
from services.auth.keys.signing import Vault
from services.auth.store.audit_keys import AuditKeyStore
from services.auth.store.audit_log import AuditLog
from services.chassis.clock import Clock
from services.chassis.mongo import Database
from services.kernel.audit import OPERATORS, AuditEvent
from services.kernel.ids import Instant, WorkspaceId, fresh


def events(workspace: str, count: int, *, now: Instant) -> list[AuditEvent]:
    """Make events of a workspace."""
    return [
        AuditEvent(fresh("evt"), WorkspaceId(workspace), now + number, "member.add", "usr_1")
        for number in range(count)
    ]


async def signer_of(database: Database, master: str) -> CheckpointSigner:
    """Open the key that a running service has made."""
    vault = Vault([master])
    return CheckpointSigner([vault.open(key) for key in await AuditKeyStore(database).all()])


@dataclass(frozen=True, slots=True)
class Stored:
    """An audit as it is stored, listed as the service lists it."""

    database: Database
    workspace: str
    keys: str
    clock: Clock

    async def audit_events(self, request: pb.ListAuditEventsRequest) -> pb.ListAuditEventsResponse:
        before = int(request.page_token) if request.page_token else None
        wanted = Wanted(request.page_size, before)
        listing = ListEvents(AuditLog(self.database), self.clock)
        rows, following = await listing(WorkspaceId(self.workspace), wanted)
        return pb.ListAuditEventsResponse(
            audit_events=[event_message(row) for row in rows], next_page_token=str(following or "")
        )

    async def audit_checkpoints(
        self, request: pb.ListAuditCheckpointsRequest
    ) -> pb.ListAuditCheckpointsResponse:
        after, size = int(request.page_token or 0), min(request.page_size, 2)
        listing = ListCheckpoints(AuditLog(self.database))
        found, following = await listing(WorkspaceId(self.workspace), after=after, size=size)
        return pb.ListAuditCheckpointsResponse(
            checkpoints=[checkpoint_message(one) for one in found],
            next_page_token=str(following or ""),
            keys=self.keys,
        )

    async def verified(self, seen: Seen | None = None) -> Outcome:
        """Verify it as a client does."""
        now = datetime.fromtimestamp(self.clock() / 1000, UTC)
        return await verify_audit(self, self.workspace, seen=seen, now=now)


async def require_whole(
    database: Database, keys: str, happened: Sequence[AuditEvent], clock: Clock
) -> None:
    """AssertionError unless each event has one place, and each workspace's audit verifies."""
    kept = await database["audit"].find({}).to_list()
    by_id = sorted(row["event_id"] for row in kept if row["workspace_id"] != OPERATORS)
    assert by_id == sorted({event.event_id for event in happened})
    for workspace in {event.workspace_id for event in happened}:
        outcome = await Stored(database, workspace, keys, clock).verified()
        assert outcome.findings == ()
        theirs = {event.event_id for event in happened if event.workspace_id == workspace}
        assert outcome.verified == len(theirs)
        assert outcome.head is not None
        assert outcome.head.sequence == len(theirs)
