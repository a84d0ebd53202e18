"""What is due, and starting it: once, however many workers look."""

from collections.abc import Sequence
from typing import Final

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId
from services.kernel.sync_job import Mode
from services.sync.domain.schedule import next_census, next_delta
from services.sync.domain.wanted import Wanted
from services.sync.store.activity import delta_period
from services.sync.store.connections import Connection, connection_of
from services.sync.store.database import CONNECTIONS, JOBS
from services.sync.store.job_documents import document_of, fresh_job

AT_ONCE: Final = 100
_DUE: Final = {Mode.CENSUS: "census_due", Mode.DELTA: "delta_due"}


class ScheduleStore:
    """Finds what is due and starts it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def census_due(self, now: Instant) -> Sequence[ConnectionId]:
        """List connections whose census is due and that have no job."""
        return await self._due(Mode.CENSUS, now)

    async def delta_due(self, now: Instant) -> Sequence[ConnectionId]:
        """List connections that are to be asked what changed and that have no job."""
        return await self._due(Mode.DELTA, now)

    async def start_census(
        self, connection_id: ConnectionId, job_id: JobId, now: Instant
    ) -> WorkspaceId | None:
        """Add a census's job, and give whose; None where another did, or it cannot be now.

        The next one is due a day later, also where this one will fail.
        """
        return await self._start(Mode.CENSUS, connection_id, job_id, now)

    async def start_delta(
        self, connection_id: ConnectionId, job_id: JobId, now: Instant
    ) -> WorkspaceId | None:
        """Add a DELTA's job, and give whose; None where another did, or it cannot be now.

        The next one is due a period later, also where this one will fail.
        """
        return await self._start(Mode.DELTA, connection_id, job_id, now)

    @store_call
    async def _due(self, mode: Mode, now: Instant) -> Sequence[ConnectionId]:
        due = {_DUE[mode]: {"$lte": now}, "active_job": None}
        found = self._database[CONNECTIONS].find(due, {"_id": 1}).sort(_DUE[mode], 1).limit(AT_ONCE)
        return [ConnectionId(document["_id"]) async for document in found]

    @store_call
    async def _start(
        self, mode: Mode, connection_id: ConnectionId, job_id: JobId, now: Instant
    ) -> WorkspaceId | None:
        async def work(session: Session) -> WorkspaceId | None:
            place = {"_id": connection_id}
            own = await self._database[CONNECTIONS].find_one(place, session=session)
            state = await self._database[CONNECTION_STATES].find_one(place, session=session)
            if own is None or state is None:
                return None
            connection = connection_of(own, state)
            later = {_DUE[mode]: await self._next(mode, session, connection, now)}
            can = connection.state.standing is ConnectionStanding.ACTIVE
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
        if mode is Mode.CENSUS:
            return next_census(connection.connection_id, now)
        period = await delta_period(self._database, session, connection, now)
        return next_delta(connection.connection_id, now, period)
