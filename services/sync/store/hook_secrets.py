"""The secrets that webhooks are signed with: the present one, and for a while the one before."""

from dataclasses import dataclass

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.audit import AuditEvent
from services.kernel.ids import ConnectionId, Instant, TenantScope, WorkspaceId
from services.sync.store.database import CONNECTIONS
from services.sync.store.outbox import note_events

PRESENT = "hook_secret"
FORMER = "hook_secret_former"
FORMER_UNTIL = "hook_secret_former_until"


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """A connection's encrypted secrets; an empty one is none."""

    scope: TenantScope
    present: bytes
    former: bytes
    former_until: Instant


class HookSecretStore:
    """Keeps them with the connection, so that they go with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def find(self, connection_id: ConnectionId) -> SealedSecrets | None:
        """Find a connection's secrets; None where there is no such connection."""
        fields = dict.fromkeys(("workspace_id", PRESENT, FORMER, FORMER_UNTIL), 1)
        own = await self._database[CONNECTIONS].find_one({"_id": connection_id}, fields)
        if own is None:
            return None
        return SealedSecrets(
            TenantScope(WorkspaceId(own["workspace_id"]), connection_id),
            # Absent until the first is made.
            present=bytes(own.get(PRESENT, b"")),
            former=bytes(own.get(FORMER, b"")),
            former_until=own.get(FORMER_UNTIL, 0),
        )

    @store_call
    async def replace(
        self, scope: TenantScope, sealed: bytes, *events: AuditEvent, former_until: Instant
    ) -> bool | None:
        """Put another secret in the present one's place, which holds until an instant.

        Tells whether there was one; None where the connection is not there.
        """
        place = {"_id": scope.connection_id, "workspace_id": scope.workspace_id}

        async def work(session: Session) -> bool | None:
            connections = self._database[CONNECTIONS]
            own = await connections.find_one(place, {PRESENT: 1}, session=session)
            if own is None:
                return None
            former = bytes(own.get(PRESENT, b""))
            fields = {PRESENT: sealed, FORMER: former, FORMER_UNTIL: former_until}
            await connections.update_one(place, {"$set": fields}, session=session)
            await note_events(self._database, events, session)
            return former != b""

        return await in_transaction(self._database, work)
