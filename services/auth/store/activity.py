"""When workspaces were active, in MongoDB: apart from them, so that no change of one collides."""

from contextlib import suppress
from typing import Final

from bson.datetime_ms import DatetimeMS
from pymongo.errors import DuplicateKeyError

from services.auth.store.collections import ACTIVITY, WORKSPACES
from services.auth.workspaces.activity import ActiveWorkspace
from services.chassis.mongo import Database, store_call
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Tier

KEPT_MILLISECONDS: Final = 90 * 24 * 3600 * 1000


class ActivityStore:
    """Keeps it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def note(self, workspace_id: WorkspaceId, active: Instant) -> None:
        """Note that a workspace was active, unless it was later than that."""
        place = {"_id": str(workspace_id)}
        kept = {"active": active, "expires_at": DatetimeMS(active + KEPT_MILLISECONDS)}
        earlier = {**place, "active": {"$lt": active}}
        # Where it is there by the second look, too, it was active later than that.
        for _ in range(2):
            done = await self._database[ACTIVITY].update_one(earlier, {"$set": kept})
            if done.matched_count:
                return
            with suppress(DuplicateKeyError):
                await self._database[ACTIVITY].insert_one({**place, **kept})
                return

    @store_call
    async def since(self, instant: Instant, most: int) -> list[ActiveWorkspace]:
        """List workspaces that were active from an instant on, the longest ago first."""
        found = self._database[ACTIVITY].find({"active": {"$gte": instant}}).sort("active", 1)
        active = {row["_id"]: row["active"] for row in await found.limit(most).to_list()}
        there = self._database[WORKSPACES].find({"_id": {"$in": list(active)}}, {"tier": 1})
        tiers = {row["_id"]: Tier(row["tier"]) async for row in there}
        return [
            ActiveWorkspace(WorkspaceId(each), tiers[each], at)
            for each, at in active.items()
            if each in tiers
        ]
