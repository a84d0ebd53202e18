"""What is due, and starting it: once, however many workers look."""

from collections.abc import Sequence
from typing import Final

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant, JobId
from services.kernel.sync_job import Mode
from services.sync.domain.schedule import next_census
from services.sync.domain.wanted import Wanted
from services.sync.store.connections import connection_of
from services.sync.store.database import CONNECTIONS, JOBS
from services.sync.store.job_documents import document_of, fresh_job

AT_ONCE: Final = 100


class ScheduleStore:
    """Finds what is due and starts it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def census_due(self, now: Instant) -> Sequence[ConnectionId]:
        """List connections whose census is due and that have no job."""
        due = {"census_due": {"$lte": now}, "active_job": None}
        found = self._database[CONNECTIONS].find(due, {"_id": 1}).limit(AT_ONCE)
        return [ConnectionId(document["_id"]) async for document in found]

    @store_call
    async def start_census(self, connection_id: ConnectionId, job_id: JobId, now: Instant) -> bool:
        """Add a census's job; False where another worker did, or it cannot be now.

        The next one is due a day later, also where this one will fail.
        """

        async def work(session: Session) -> bool:
            place = {"_id": connection_id}
            state = await self._database[CONNECTION_STATES].find_one(place, session=session)
            can = state is not None and state["standing"] == ConnectionStanding.ACTIVE.value
            later = {"census_due": next_census(connection_id, now)}
            own = await self._database[CONNECTIONS].find_one_and_update(
                {**place, "census_due": {"$lte": now}, "active_job": None},
                {"$set": {**later, "active_job": job_id} if can else later},
                session=session,
            )
            if own is None or state is None or not can:
                return False
            connection = connection_of(own, state)
            job = fresh_job(connection, Wanted(Mode.CENSUS), job_id, now, since=None)
            await self._database[JOBS].insert_one(document_of(job), session=session)
            return True

        return await in_transaction(self._database, work)
