"""What is left of connections that were taken out of sight, until it is deleted."""

from collections.abc import Sequence
from typing import Final

from services.chassis.mongo import Database, store_call
from services.kernel.documents import ISSUES, SITE_ACCOUNTS
from services.kernel.ids import ConnectionId, WorkspaceId
from services.sync.store.database import (
    COMPLETENESS,
    DEAD_LETTERS,
    JOB_PAGES,
    JOB_REQUESTS,
    JOBS,
    PURGES,
    QUARANTINE,
    SITE_LISTS,
)

AT_ONCE: Final = 1000
# What is kept by a connection's id, in the order in which it is deleted.
OF_CONNECTIONS: Final = (
    ISSUES,
    SITE_ACCOUNTS,
    SITE_LISTS,
    QUARANTINE,
    DEAD_LETTERS,
    JOB_PAGES,
    JOB_REQUESTS,
    JOBS,
)


class RemainsStore:
    """Finds them and deletes them; each step may be done again and again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def unpurged(self) -> Sequence[ConnectionId]:
        """List forgotten connections of which something is left."""
        found = await self._database[PURGES].find({}, {"_id": 1}).limit(100).to_list()
        return [ConnectionId(document["_id"]) for document in found]

    @store_call
    async def unpurged_of(self, workspace_id: WorkspaceId) -> Sequence[ConnectionId]:
        """List a workspace's forgotten connections of which something is left."""
        found = self._database[PURGES].find({"workspace_id": workspace_id}, {"_id": 1})
        return [ConnectionId(document["_id"]) async for document in found]

    async def purge(self, connection_id: ConnectionId) -> None:
        """Delete what is left of a forgotten connection.

        Some at a time: everything at once might take longer than a store has for an answer, and
        what was deleted by then would be there again.
        """
        for collection in OF_CONNECTIONS:
            while await self._delete_some(collection, connection_id):
                pass
        await self._nothing_is_left(connection_id)

    @store_call
    async def _delete_some(self, collection: str, connection_id: ConnectionId) -> bool:
        """Delete some of a connection's documents; False where those were the last."""
        left = self._database[collection].find({"connection_id": connection_id}, {"_id": 1})
        ids = [document["_id"] async for document in left.limit(AT_ONCE)]
        await self._database[collection].delete_many({"_id": {"$in": ids}})
        return len(ids) == AT_ONCE

    @store_call
    async def _nothing_is_left(self, connection_id: ConnectionId) -> None:
        for collection in (COMPLETENESS, PURGES):
            await self._database[collection].delete_one({"_id": connection_id})
