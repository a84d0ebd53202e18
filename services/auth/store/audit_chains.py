"""Audits' chains in MongoDB, as they grow.

The end of a workspace's chain is one document: whoever moves it in a transaction has it alone, and
nobody else's events get between.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from services.auth.domain.audit_chain import Extension, Month, PlaceTaken, SignedCheckpoint
from services.auth.store.audit_documents import (
    checkpoint_of,
    document_of_checkpoint,
    document_of_row,
    place_of,
)
from services.auth.store.audit_inbox import DUPLICATE_KEY
from services.auth.store.collections import (
    AUDIT,
    AUDIT_CHECKPOINTS,
    AUDIT_HEADS,
    AUDIT_INBOX,
)
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import AuditEvent, event_of_document
from services.kernel.ids import Instant, WorkspaceId

MOST_UNFINISHED: Final = 100
LONGEST_FIRST: Final = [("due", 1), ("occurred", 1), ("_id", 1)]
Extend = Callable[[SignedCheckpoint | None, Sequence[AuditEvent]], Extension]


class _Overtaken(Exception):
    """Another process has moved the chain's end since it was read."""


class AuditChains:
    """Keeps chains, and the events that wait for theirs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def waiting(
        self, *, now: Instant, most: int, but_of: Collection[WorkspaceId]
    ) -> list[WorkspaceId]:
        """Give the workspaces of the events that have waited longest, one for each event."""
        wanted: Document = {"due": {"$lte": now}}
        if but_of:
            wanted["workspace_id"] = {"$nin": list(but_of)}
        found = self._database[AUDIT_INBOX].find(wanted, {"workspace_id": 1}).sort(LONGEST_FIRST)
        return [WorkspaceId(document["workspace_id"]) async for document in found.limit(most)]

    @store_call
    async def unfinished(self, before: Month) -> list[WorkspaceId]:
        """Name workspaces with an open segment of an earlier month."""
        wanted = {"open": True, "month": {"$lt": before}}
        found = self._database[AUDIT_HEADS].find(wanted, {"_id": 1}).limit(MOST_UNFINISHED)
        return [WorkspaceId(document["_id"]) async for document in found]

    @store_call
    async def extend(
        self, workspace_id: WorkspaceId, extend: Extend, *, now: Instant, most: int
    ) -> int:
        """Put waiting events at a chain's end, and let them wait no more, or do nothing at all.

        Gives how many waited. Nothing is done where another process came first: it has done it, or
        the next round will. PlaceTaken where there is an event behind the chain's end.
        """

        async def write(session: AsyncClientSession) -> int:
            head = await self._head(workspace_id, session)
            events = await self._events(workspace_id, now, most, session)
            extension = extend(head, await self._fresh(workspace_id, events, session))
            await self._move(workspace_id, head, extension.head, session)
            await self._insert(extension, session)
            ids = [event.event_id for event in events]
            await self._database[AUDIT_INBOX].delete_many({"_id": {"$in": ids}}, session=session)
            return len(events)

        try:
            return await in_transaction(self._database, write)
        except _Overtaken:
            return 0
        except PyMongoError as error:
            if not error.has_error_label("TransientTransactionError"):
                raise
            return 0

    async def _events(
        self, workspace_id: WorkspaceId, now: Instant, most: int, session: AsyncClientSession
    ) -> list[AuditEvent]:
        wanted = {"workspace_id": workspace_id, "due": {"$lte": now}}
        inbox = self._database[AUDIT_INBOX].find(wanted, session=session)
        longest = inbox.sort(LONGEST_FIRST).limit(most)
        return [event_of_document(document) async for document in longest]

    async def _head(
        self, workspace_id: WorkspaceId, session: AsyncClientSession
    ) -> SignedCheckpoint | None:
        heads = self._database[AUDIT_HEADS]
        found = await heads.find_one({"_id": workspace_id}, session=session)
        return checkpoint_of(found) if found else None

    async def _fresh(
        self, workspace_id: WorkspaceId, events: Sequence[AuditEvent], session: AsyncClientSession
    ) -> list[AuditEvent]:
        """Leave out what has its place already: it was reported again."""
        # By the ids alone: beside the workspace a store may choose to read all that is in it.
        wanted = {"event_id": {"$in": [event.event_id for event in events]}}
        shown = {"event_id": 1, "workspace_id": 1}
        rows = self._database[AUDIT].find(wanted, shown, session=session)
        known = {row["event_id"] async for row in rows if row["workspace_id"] == workspace_id}
        return [event for event in events if event.event_id not in known]

    async def _move(
        self,
        workspace_id: WorkspaceId,
        found: SignedCheckpoint | None,
        moved: SignedCheckpoint | None,
        session: AsyncClientSession,
    ) -> None:
        if moved is None or moved is found:
            return
        heads, document = self._database[AUDIT_HEADS], document_of_checkpoint(moved)
        if found is None:
            try:
                await heads.insert_one({"_id": workspace_id, **document}, session=session)
            except DuplicateKeyError as taken:
                raise _Overtaken from taken
            return
        as_found = {"_id": workspace_id, "signature": found.signature}
        if await heads.find_one_and_update(as_found, {"$set": document}, session=session) is None:
            raise _Overtaken

    async def _insert(self, extension: Extension, session: AsyncClientSession) -> None:
        rows = [document_of_row(row) for row in extension.rows]
        if rows:
            try:
                await self._database[AUDIT].insert_many(rows, session=session)
            except BulkWriteError as taken:
                if any(one["code"] != DUPLICATE_KEY for one in taken.details["writeErrors"]):
                    raise
                raise PlaceTaken(f"there is an event at {rows[0]['_id']} or after it") from taken
        for ended in extension.ended:
            place = place_of(ended.checkpoint.workspace_id, ended.checkpoint.segment.first_sequence)
            document = {"_id": place, **document_of_checkpoint(ended)}
            await self._database[AUDIT_CHECKPOINTS].insert_one(document, session=session)
