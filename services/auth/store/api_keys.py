"""API keys in MongoDB: of a secret only its digest is ever there. A revoked key is not kept."""

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.api_key import ApiKey
from services.auth.domain.audit import AuditEvent
from services.auth.domain.page import Page, Position, Rows, cut
from services.auth.domain.session import Digest
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import API_KEYS
from services.auth.store.paging import read_page
from services.auth.store.revocations import note_revocations
from services.auth.store.transactions import in_transaction
from services.chassis.mongo import Database, Document, store_call
from services.kernel.errors import NotFound
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Scope
from services.kernel.revocation import Revocation


class ApiKeyStore:
    """Keeps API keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def add(self, key: ApiKey, event: AuditEvent) -> None:
        """Keep a key."""

        async def write(session: AsyncClientSession) -> None:
            await self._database[API_KEYS].insert_one(document_of_api_key(key), session=session)
            await note_events(self._database, [event], session)

        await in_transaction(self._database, write)

    @store_call
    async def find(self, key_id: str) -> ApiKey | None:
        """Find a key, whichever workspace it is of."""
        document = await self._database[API_KEYS].find_one({"_id": key_id})
        return api_key_of(document) if document else None

    @store_call
    async def page(self, workspace_id: WorkspaceId, page: Page) -> Rows[ApiKey]:
        """Give a page of a workspace's keys, by when they were made."""
        within, by = {"workspace_id": str(workspace_id)}, ("created", "_id")
        found = await read_page(self._database[API_KEYS], within, page, by=by)
        keys = [api_key_of(document) for document in found]
        return cut(keys, page, lambda key: Position(key.created, key.key_id))

    @store_call
    async def remove(
        self, workspace_id: WorkspaceId, key_id: str, event: AuditEvent, revocation: Revocation
    ) -> None:
        """End a key of a workspace; NotFound where it has none such."""
        own = {"_id": key_id, "workspace_id": str(workspace_id)}

        async def write(session: AsyncClientSession) -> None:
            gone = await self._database[API_KEYS].delete_one(own, session=session)
            if gone.deleted_count == 0:
                raise NotFound("api_key")
            await note_revocations(self._database, [revocation], session)
            await note_events(self._database, [event], session)

        await in_transaction(self._database, write)

    @store_call
    async def mark_used(self, key_id: str, minute: Instant, event: AuditEvent) -> bool:
        """Note that a key was traded in a minute; False where it was revoked since."""

        async def write(session: AsyncClientSession) -> bool:
            change = {"$set": {"last_used": minute}}
            keys = self._database[API_KEYS]
            done = await keys.update_one({"_id": key_id}, change, session=session)
            if done.matched_count:
                await note_events(self._database, [event], session)
            return done.matched_count > 0

        return await in_transaction(self._database, write)


def document_of_api_key(key: ApiKey) -> Document:
    """Turn a key into its document."""
    return {
        "_id": key.key_id,
        "workspace_id": key.workspace_id,
        "name": key.name,
        "prefix": key.prefix,
        "digest": key.digest,
        "scopes": sorted(key.scopes),
        "creator_id": key.creator_id,
        "created": key.created,
        "expires": key.expires,
        "last_used": key.last_used,
    }


def api_key_of(document: Document) -> ApiKey:
    """Turn a document back into the key it was made of."""
    return ApiKey(
        key_id=document["_id"],
        workspace_id=WorkspaceId(document["workspace_id"]),
        name=document["name"],
        prefix=document["prefix"],
        digest=Digest(document["digest"]),
        scopes=frozenset(Scope(name) for name in document["scopes"]),
        creator_id=document["creator_id"],
        created=document["created"],
        expires=document["expires"],
        last_used=document["last_used"],
    )
