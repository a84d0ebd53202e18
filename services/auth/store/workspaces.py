"""Workspaces in MongoDB; who belongs to them is in store.members."""

from collections.abc import Callable

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.account import Workspace
from services.auth.domain.workspace import WorkspaceChange
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import WORKSPACES
from services.auth.store.documents import workspace_of
from services.auth.store.holding import hold
from services.auth.store.revocations import note_revocations
from services.auth.store.roster import lock_workspace
from services.chassis.mongo import Database, in_transaction, store_call
from services.kernel.audit import Actor
from services.kernel.errors import NotFound
from services.kernel.ids import WorkspaceId


class WorkspaceStore:
    """Keeps workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def find(self, workspace_id: WorkspaceId) -> Workspace | None:
        """Find a workspace."""
        document = await self._database[WORKSPACES].find_one({"_id": str(workspace_id)})
        return workspace_of(document) if document else None

    @store_call
    async def change(
        self,
        workspace_id: WorkspaceId,
        decide: Callable[[Workspace], WorkspaceChange],
        *,
        member: Actor | None = None,
    ) -> WorkspaceChange:
        """Change a workspace as is decided by what it is then; NotFound where there is none.

        TokenStale where it is a member who asks, and they are none any more.
        """

        async def write(session: AsyncClientSession) -> WorkspaceChange:
            if member is not None:
                await hold(self._database, member, session)
            await lock_workspace(self._database, workspace_id, session)
            place = {"_id": str(workspace_id)}
            kept = await self._database[WORKSPACES].find_one(place, session=session)
            if kept is None:
                raise NotFound("workspace")
            decided = decide(workspace_of(kept))
            change = {"$set": _changing(decided.workspace)}
            await self._database[WORKSPACES].update_one(place, change, session=session)
            await note_revocations(self._database, decided.revocations, session)
            await note_events(self._database, decided.events, session)
            return decided

        return await in_transaction(self._database, write)


def _changing(workspace: Workspace) -> dict[str, str | int]:
    """Give what of a workspace can change: its region, for one, never does."""
    return {
        "name": workspace.name,
        "time_zone": workspace.time_zone,
        "tier": workspace.tier.value,
        "version": workspace.version,
    }
