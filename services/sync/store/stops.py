"""Stops of connections: kept in the connection, with what stops it, until its owners are told.

A connection has one stop at a time, and none once it is mended: nobody is told of that any more.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.chassis.mongo import Database, Document, store_call
from services.kernel.connection import Source
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant, WorkspaceId, fresh
from services.kernel.stop import Cause, Stop
from services.sync.store.database import CONNECTIONS

# What a connection that works has; a document of before there were stops has neither.
MENDED: Final[Document] = {"stop": None, "untold_stop": None}


def stopped(own: Mapping[str, Any] | None, cause: Cause, now: Instant) -> Document:
    """Give what to write into a connection as it stops; nothing where it stands still already."""
    if own is None or own.get("stop"):
        return {}
    stop_id = fresh("stp")
    return {"stop": {"id": stop_id, "cause": cause.value, "since": now}, "untold_stop": stop_id}


class StopStore:
    """Knows which stops nobody was told of yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def waiting(self, *, most: int) -> list[Stop]:
        """Give some of them, with what their connections are called by now."""
        found = self._database[CONNECTIONS].find({"untold_stop": {"$gt": ""}}).limit(most)
        own = await found.to_list()
        ids = {"_id": {"$in": [each["_id"] for each in own]}}
        states = self._database[CONNECTION_STATES].find(ids, {"source": 1})
        sources = {state["_id"]: Source(state["source"]) async for state in states}
        return [_stop_of(each, sources[each["_id"]]) for each in own if each["_id"] in sources]

    @store_call
    async def delivered(self, stops: Sequence[Stop]) -> None:
        """Note that they were told of; a stop that came since is another."""
        told = {"untold_stop": {"$in": [stop.stop_id for stop in stops]}}
        await self._database[CONNECTIONS].update_many(told, {"$set": {"untold_stop": None}})


def _stop_of(own: Mapping[str, Any], source: Source) -> Stop:
    return Stop(
        stop_id=own["stop"]["id"],
        workspace_id=WorkspaceId(own["workspace_id"]),
        connection_id=ConnectionId(own["_id"]),
        connection_name=own["name"],
        source=source,
        cause=Cause(own["stop"]["cause"]),
        since=own["stop"]["since"],
    )
