"""API keys in MongoDB: of a secret only its digest is ever there."""

from collections.abc import Callable, Sequence

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.api_key import ApiKey
from services.auth.domain.page import Page, Position, Rows, cut
from services.auth.domain.roster import Giver
from services.auth.store.api_key_documents import api_key_of, document_of_api_key
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import API_KEYS
from services.auth.store.ending_keys import end_keys
from services.auth.store.holding import hold
from services.auth.store.paging import read_page
from services.auth.store.roster import find_giver, lock_workspace
from services.chassis.mongo import Database, in_transaction, store_call
from services.kernel.audit import Actor, AuditEvent
from services.kernel.errors import NotFound
from services.kernel.ids import Instant, WorkspaceId


class ApiKeyStore:
    """Keeps API keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def add(
        self,
        actor: Actor,
        key: ApiKey,
        check: Callable[[Giver | None, int], None],
        event: AuditEvent,
    ) -> None:
        """Keep a key, if `check` lets whoever makes it beside so many as there are; TokenStale."""

        async def write(session: AsyncClientSession) -> None:
            await hold(self._database, actor, session)
            workspace_id = key.workspace_id
            await lock_workspace(self._database, workspace_id, session)
            giver = await find_giver(
                self._database, workspace_id, session, actor_id=key.creator_id, now=key.created
            )
            keys = self._database[API_KEYS]
            kept = {"workspace_id": str(workspace_id), "revoked": None}
            check(giver, await keys.count_documents(kept, session=session))
            await keys.insert_one(document_of_api_key(key), session=session)
            await note_events(self._database, [event], session)

        await in_transaction(self._database, write)

    @store_call
    async def find(self, key_id: str) -> ApiKey | None:
        """Find a key, whichever workspace it is of."""
        document = await self._database[API_KEYS].find_one({"_id": key_id})
        return api_key_of(document) if document else None

    @store_call
    async def page(self, workspace_id: WorkspaceId, page: Page) -> Rows[ApiKey]:
        """Give a page of a workspace's keys that were not revoked, by when they were made."""
        within = {"workspace_id": str(workspace_id), "revoked": None}
        found = await read_page(self._database[API_KEYS], within, page, by=("created", "_id"))
        keys = [api_key_of(document) for document in found]
        return cut(keys, page, lambda key: Position(key.created, key.key_id))

    @store_call
    async def revoke(self, actor: Actor, key_id: str, *, now: Instant) -> Sequence[ApiKey]:
        """End a key of the actor's workspace, and all keys that were made by it; NotFound."""
        own = {"_id": key_id, "workspace_id": str(actor.workspace_id), "revoked": None}

        async def write(session: AsyncClientSession) -> Sequence[ApiKey]:
            await hold(self._database, actor, session)
            if await self._database[API_KEYS].find_one(own, session=session) is None:
                raise NotFound("api_key")
            return await end_keys(self._database, actor, key_id, session, now=now)

        return await in_transaction(self._database, write)

    @store_call
    async def use(self, key: ApiKey, event: AuditEvent) -> bool:
        """Note when a key was last used; False where it was revoked since it was read."""
        standing = {"_id": key.key_id, "revoked": None}
        change = {"$set": {"last_used": key.last_used}}

        async def write(session: AsyncClientSession) -> bool:
            done = await self._database[API_KEYS].update_one(standing, change, session=session)
            if done.matched_count:
                await note_events(self._database, [event], session)
            return done.matched_count > 0

        return await in_transaction(self._database, write)
