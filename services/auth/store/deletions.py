"""Accounts that are deleted, in MongoDB: kept for their grace, and taken back by signing in."""

from collections.abc import Callable

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.deletion import Deletion, Leaving
from services.auth.domain.link import LinkKind
from services.auth.domain.session import ended_everywhere
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS, MEMBERS
from services.auth.store.documents import account_of
from services.auth.store.holding import hold
from services.auth.store.links import void_links
from services.auth.store.revocations import note_revocations
from services.auth.store.roster import lock_workspace, others_own
from services.auth.store.session_writes import end_sessions
from services.chassis.mongo import Database, in_transaction, store_call
from services.kernel.audit import Actor
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Role


class DeletionStore:
    """Keeps what is deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def delete(self, actor: Actor, decide: Callable[[Leaving], Deletion]) -> Deletion:
        """Delete the actor's account as is decided, by what it would leave behind then."""

        async def write(session: AsyncClientSession) -> Deletion:
            await hold(self._database, actor, session)
            deletion = decide(await self._leaving(actor.user_id, session))
            await self._put(deletion, session)
            ended = await end_sessions(self._database, actor.user_id, session)
            await void_links(self._database, LinkKind.RESET_PASSWORD, actor.user_id, session)
            await note_revocations(self._database, [deletion.revocation], session)
            now = deletion.revocation.revoked
            events = [deletion.event, *ended_everywhere(ended, actor, now=now)]
            await note_events(self._database, events, session)
            return deletion

        return await in_transaction(self._database, write)

    async def _put(self, deletion: Deletion, session: AsyncClientSession) -> None:
        after = deletion.account
        change = {"version": after.version, "erased_from": after.erased_from, "erasing_until": 0}
        own = {"_id": str(after.user_id)}
        await self._database[ACCOUNTS].update_one(own, {"$set": change}, session=session)

    async def _leaving(self, user_id: UserId, session: AsyncClientSession) -> Leaving:
        found = await self._database[ACCOUNTS].find_one({"_id": str(user_id)}, session=session)
        owning = {"user_id": str(user_id), "role": Role.OWNER.value}
        places = await self._database[MEMBERS].find(owning, session=session).to_list()
        workspaces = [WorkspaceId(place["workspace_id"]) for place in places]
        left = [one for one in workspaces if await self._is_left(one, user_id, session)]
        return Leaving(account_of(found) if found else None, sorted(left))

    async def _is_left(
        self, workspace_id: WorkspaceId, user_id: UserId, session: AsyncClientSession
    ) -> bool:
        """Tell whether others would be in a workspace that nobody owns."""
        await lock_workspace(self._database, workspace_id, session)
        if await others_own(self._database, workspace_id, user_id, session):
            return False
        others = {"workspace_id": str(workspace_id), "user_id": {"$ne": str(user_id)}}
        return await self._database[MEMBERS].find_one(others, session=session) is not None
