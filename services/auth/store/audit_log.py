"""Audits in MongoDB, as they are read."""

from typing import Any

from bson.datetime_ms import DatetimeMS

from services.auth.domain.audit_chain import Row, SignedCheckpoint
from services.auth.domain.audit_question import Wanted
from services.auth.store.audit_documents import checkpoint_of, place_of, row_of
from services.auth.store.collections import AUDIT, AUDIT_CHECKPOINTS, AUDIT_HEADS
from services.chassis.mongo import Database, Document, store_call
from services.kernel.ids import Instant, WorkspaceId


class AuditLog:
    """Reads audits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def events(self, workspace_id: WorkspaceId, wanted: Wanted, now: Instant) -> list[Row]:
        """Give events of a workspace, the latest first, up to where its chain ends.

        What has expired is not there, whenever the server deletes it.
        """
        head = await self._head(workspace_id)
        if head is None:
            return []
        last = head.checkpoint.last_sequence
        if wanted.before is not None:
            last = min(last, wanted.before - 1)
        query = {
            "workspace_id": workspace_id,
            "expires_at": {"$gt": DatetimeMS(now)},
            **_filters(wanted),
        }
        if not _filters(wanted):
            # So many places are a page: there are no gaps, unless somebody has made them.
            found = await self._rows(query, last - wanted.size, last, wanted.size)
            if len(found) == wanted.size:
                return found
        return await self._rows(query, 0, last, wanted.size)

    async def _rows(self, query: Document, after: int, last: int, most: int) -> list[Row]:
        within = {**query, "sequence": {"$gt": after, "$lte": last}}
        found = self._database[AUDIT].find(within).sort("sequence", -1).limit(most)
        return [row_of(document) async for document in found]

    @store_call
    async def checkpoints(
        self, workspace_id: WorkspaceId, *, after: int, size: int
    ) -> list[SignedCheckpoint]:
        """Give the checkpoints of segments after a sequence, the oldest first; the open one last.

        The end is read first: a segment that ends meanwhile is there as one that has ended.
        """
        head = await self._head(workspace_id)
        query = {"workspace_id": workspace_id, "first_sequence": {"$gt": after}}
        found = self._database[AUDIT_CHECKPOINTS].find(query).sort("first_sequence", 1).limit(size)
        ended = [checkpoint_of(document) async for document in found]
        begun = head.checkpoint.segment.first_sequence if head else 0
        last = ended[-1].checkpoint.last_sequence if ended else after
        if head is not None and head.checkpoint.open and begun > last and len(ended) < size:
            ended.append(head)
        return ended

    @store_call
    async def of_actor(self, actor_id: str, *, after: Row | None, size: int) -> list[Row]:
        """Give what somebody did, in every workspace, by place, from the one after `after`.

        What has expired may be among it: to leave it out here would take reading along no index.
        """
        place = place_of(after.event.workspace_id, after.sequence) if after else ""
        query = {"actor_id": actor_id, "_id": {"$gt": place}}
        found = self._database[AUDIT].find(query).sort("_id", 1).limit(size)
        return [row_of(document) async for document in found]

    async def _head(self, workspace_id: WorkspaceId) -> SignedCheckpoint | None:
        found = await self._database[AUDIT_HEADS].find_one({"_id": workspace_id})
        return checkpoint_of(found) if found else None


def _filters(wanted: Wanted) -> Document:
    query: dict[str, Any] = {}
    for name in ("actor_id", "target_id"):
        if getattr(wanted, name):
            query[name] = getattr(wanted, name)
    if wanted.action.endswith("."):
        # "/" is what comes after "." in every order of text.
        query["action"] = {"$gte": wanted.action, "$lt": f"{wanted.action[:-1]}/"}
    elif wanted.action:
        query["action"] = wanted.action
    if wanted.succeeded is not None:
        query["succeeded"] = wanted.succeeded
    times = {"$gte": wanted.start, "$lt": wanted.end}
    occurred = {name: instant for name, instant in times.items() if instant is not None}
    return {**query, "occurred": occurred} if occurred else query
