"""What is due, and starting it: once, however many workers look."""

from collections.abc import Sequence
from typing import Final

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId
from services.kernel.sync_job import Mode
from services.sync.domain.schedule import a_day_later, next_delta
from services.sync.domain.wanted import Wanted
from services.sync.store.activity import delta_period
from services.sync.store.connections import Connection, connection_of
from services.sync.store.database import CONNECTIONS, JOBS
from services.sync.store.job_documents import document_of, fresh_job

AT_ONCE: Final = 100
_DUE: Final = {Mode.FULL: "full_due", Mode.DELTA: "delta_due", Mode.CENSUS: "census_due"}


class ScheduleStore:
    """Finds what is due and starts it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def due(self, mode: Mode, now: Instant) -> Sequence[ConnectionId]:
        """List some connections of which this is due and that have no job, the oldest first.

        A FULL is, a day after one ended badly, where none has succeeded yet.
        """
        due = {_DUE[mode]: {"$lte": now}, "active_job": None}
        found = self._database[CONNECTIONS].find(due, {"_id": 1}).sort(_DUE[mode], 1).limit(AT_ONCE)
        return [ConnectionId(document["_id"]) async for document in found]

    @store_call
    async def start(
        self, mode: Mode, connection_id: ConnectionId, job_id: JobId, now: Instant
    ) -> WorkspaceId | None:
        """Add the job of what is due, and give whose; None where another did, or it cannot be now.

        The next one is due a day later, or a DELTA's period, also where this one will fail.
        """

        async def work(session: Session) -> WorkspaceId | None:
            place = {"_id": connection_id}
            own = await self._database[CONNECTIONS].find_one(place, session=session)
            state = await self._database[CONNECTION_STATES].find_one(place, session=session)
            if own is None or state is None:
                return None
            connection = connection_of(own, state)
            later = {_DUE[mode]: await self._next(mode, session, connection, now)}
            can = connection.state.standing is not ConnectionStanding.NEEDS_CREDENTIALS
            taken = await self._database[CONNECTIONS].find_one_and_update(
                {**place, _DUE[mode]: {"$lte": now}, "active_job": None},
                {"$set": {**later, "active_job": job_id} if can else later},
                session=session,
            )
            if taken is None or not can:
                return None
            wanted = Wanted(mode)
            if mode is Mode.DELTA:
                wanted = wanted.after(full_has_succeeded=own["cursor"] is not None)
            job = fresh_job(connection, wanted, job_id, now, since=own["cursor"])
            await self._database[JOBS].insert_one(document_of(job), session=session)
            return connection.state.workspace_id

        return await in_transaction(self._database, work)

    async def _next(
        self, mode: Mode, session: Session, connection: Connection, now: Instant
    ) -> Instant:
        if mode is not Mode.DELTA:
            return a_day_later(connection.connection_id, now)
        period = await delta_period(self._database, session, connection, now)
        return next_delta(connection.connection_id, now, period)
