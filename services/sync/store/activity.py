"""What is known of workspaces' tiers and activity, and what follows for their schedules."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bson.datetime_ms import DatetimeMS

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Tier
from services.sync.domain.schedule import IDLE_AFTER_MILLISECONDS, Activity
from services.sync.store.connections import Connection
from services.sync.store.database import CONNECTIONS, WORKSPACES

KEPT_MILLISECONDS: Final = 90 * 24 * 3600 * 1000


async def delta_period(
    database: Database, session: Session, connection: Connection, now: Instant
) -> int:
    """Tell within a transaction how often a connection is to be polled, by what is known."""
    workspace_id = connection.state.workspace_id
    kept = await database[WORKSPACES].find_one({"_id": workspace_id}, session=session)
    # Of a workspace nobody told of, its connection says that somebody was there.
    told = _activity_of(kept) if kept else Activity(workspace_id, Tier.FREE, connection.created)
    return told.period(now)


class ActivityStore:
    """Keeps what auth tells."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def learn(self, told: Sequence[Activity], now: Instant) -> None:
        """Keep what is told; where somebody is back, or may have more, schedules move up."""
        ids = [one.workspace_id for one in told]
        found = self._database[WORKSPACES].find({"_id": {"$in": ids}})
        known = {kept["_id"]: _activity_of(kept) async for kept in found}
        for one in told:
            if known.get(one.workspace_id) != one:
                await self._learn(one, now)

    async def _learn(self, told: Activity, now: Instant) -> None:
        place = {"_id": told.workspace_id}

        async def work(session: Session) -> None:
            kept = await self._database[WORKSPACES].find_one(place, session=session)
            before = _activity_of(kept) if kept else None
            if before is not None and before.active > told.active:
                return
            await self._database[WORKSPACES].replace_one(
                place, _document_of(told), upsert=True, session=session
            )
            await self._move_up(session, told, before, now)

        await in_transaction(self._database, work)

    async def _move_up(
        self, session: Session, told: Activity, before: Activity | None, now: Instant
    ) -> None:
        """Make due what would be later than by what is told now; at once, where one is back."""
        if told.idle(now):
            return
        own = {"workspace_id": told.workspace_id}
        if before is None:
            # Nobody was there for so long that it is forgotten, or it was made since: see
            # delta_period.
            forgotten = {"created": {"$lte": now - IDLE_AFTER_MILLISECONDS}}
            await self._due(session, {**own, **forgotten}, now)
        back = before is not None and before.idle(now)
        await self._due(session, own, now if back else now + told.period(now))

    async def _due(self, session: Session, which: Document, due: Instant) -> None:
        later = {**which, "delta_due": {"$gt": due}}
        update = {"$set": {"delta_due": due}}
        await self._database[CONNECTIONS].update_many(later, update, session=session)


def _activity_of(document: Mapping[str, Any]) -> Activity:
    return Activity(WorkspaceId(document["_id"]), Tier(document["tier"]), document["active"])


def _document_of(told: Activity) -> Document:
    return {
        "_id": told.workspace_id,
        "workspace_id": told.workspace_id,
        "tier": told.tier.value,
        "active": told.active,
        "expires_at": DatetimeMS(told.active + KEPT_MILLISECONDS),
    }
