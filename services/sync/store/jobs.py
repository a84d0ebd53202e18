"""Jobs: at most one of a connection runs, and at most one waits behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.errors import NotFound
from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId
from services.kernel.sync_job import Failure, JobState, Mode, Stage, SyncJob
from services.sync.domain.wanted import Wanted
from services.sync.store.cancelling import give_up
from services.sync.store.connections import Connection
from services.sync.store.database import CONNECTIONS, JOBS

_OPTIONAL = (
    "started",
    "ended",
    "issues_total",
    "waiting_until",
    "query_start",
    "since",
)


def job_of(document: Mapping[str, Any]) -> SyncJob:
    """Read a job from its document."""
    failure = document.get("failure")
    stage = document.get("stage")
    return SyncJob(
        job_id=JobId(document["_id"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        connection_id=ConnectionId(document["connection_id"]),
        mode=Mode(document["mode"]),
        state=JobState(document["state"]),
        created=document["created"],
        stage=Stage(stage) if stage else None,
        issues_done=document["issues_done"],
        failure=Failure(**failure) if failure else None,
        believes_vanished=document.get("believes_vanished", False),
        **{name: document.get(name) for name in _OPTIONAL},
    )


def document_of(job: SyncJob) -> Document:
    """Turn a job that waits for a worker into its document."""
    return {
        "_id": job.job_id,
        "workspace_id": job.workspace_id,
        "connection_id": job.connection_id,
        "mode": job.mode.value,
        "state": job.state.value,
        "created": job.created,
        "touched": job.created,
        "issues_done": 0,
        "since": job.since,
        "believes_vanished": job.believes_vanished,
        "swept": False,
    }


class JobStore:
    """Keeps jobs, and which of them is a connection's present one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def start(
        self, connection: Connection, wanted: Wanted, job_id: JobId, now: Instant
    ) -> SyncJob:
        """Add a job for a connection, unless one that does as much is there: then that is given.

        Else it waits behind the one under way; one that waits there already is made to do as much.
        """

        async def work(session: Session) -> SyncJob:
            known = await self._database[JOBS].find_one({"_id": job_id}, session=session)
            if known is not None:
                return job_of(known)
            own = await self._database[CONNECTIONS].find_one(
                {"_id": connection.connection_id}, session=session
            )
            if own is None:
                raise NotFound("connection")
            settled = wanted.after(full_has_succeeded=own["cursor"] is not None)
            active = await self._find(session, own["active_job"])
            behind = await self._find(session, own["next_job"])
            for present in (active, behind):
                if present is not None and settled.done_by(present):
                    return present
            if behind is not None:
                return await self._widened(session, behind, settled)
            place = "next_job" if active else "active_job"
            job = fresh_job(connection, settled, job_id, now, since=own["cursor"])
            await self._database[JOBS].insert_one(document_of(job), session=session)
            await self._database[CONNECTIONS].update_one(
                {"_id": connection.connection_id}, {"$set": {place: job_id}}, session=session
            )
            return job

        return await in_transaction(self._database, work)

    async def _widened(self, session: Session, job: SyncJob, wanted: Wanted) -> SyncJob:
        """Make a job that waits do everything that is wanted of it."""
        wider = replace(
            job,
            mode=Mode.FULL,
            since=None,
            believes_vanished=job.believes_vanished or wanted.believes_vanished,
        )
        document = document_of(wider)
        fields = {name: document[name] for name in ("mode", "since", "believes_vanished")}
        await self._database[JOBS].update_one(
            {"_id": job.job_id}, {"$set": fields}, session=session
        )
        return wider

    @store_call
    async def cancel(
        self, workspace_id: WorkspaceId, job_id: str, now: Instant
    ) -> tuple[SyncJob, bool] | None:
        """Give a job up, unless it is over; None where the workspace has none such.

        Gives the job, and whether another of its connection has its turn now.
        """

        async def work(session: Session) -> tuple[SyncJob, bool] | None:
            own = {"_id": job_id, "workspace_id": workspace_id}
            document = await self._database[JOBS].find_one(own, session=session)
            if document is None:
                return None
            job = job_of(document)
            if job.state.final:
                return job, False
            another = await give_up(self._database, session, job, now)
            ended = replace(job, state=JobState.CANCELLED, ended=now, waiting_until=None)
            return ended, another

        return await in_transaction(self._database, work)

    async def _find(self, session: Session, job_id: str | None) -> SyncJob | None:
        if job_id is None:
            return None
        document = await self._database[JOBS].find_one({"_id": job_id}, session=session)
        return None if document is None else job_of(document)

    @store_call
    async def find(self, workspace_id: WorkspaceId, job_id: str) -> SyncJob | None:
        """Find a workspace's job."""
        document = await self._database[JOBS].find_one(
            {"_id": job_id, "workspace_id": workspace_id}
        )
        return None if document is None else job_of(document)

    @store_call
    async def page(
        self,
        workspace_id: WorkspaceId,
        *,
        connection_id: ConnectionId | None,
        before: tuple[Instant, str] | None,
        size: int,
    ) -> Sequence[SyncJob]:
        """List a workspace's jobs, the latest first, from those before an instant and an id."""
        query: Document = {"workspace_id": workspace_id}
        if connection_id is not None:
            query["connection_id"] = connection_id
        if before is not None:
            created, job_id = before
            query["$or"] = [
                {"created": {"$lt": created}},
                {"created": created, "_id": {"$lt": job_id}},
            ]
        cursor = self._database[JOBS].find(query).sort([("created", -1), ("_id", -1)]).limit(size)
        return [job_of(document) async for document in cursor]

    @store_call
    async def forsaken(
        self, *, queued_before: Instant, touched_before: Instant
    ) -> Sequence[ConnectionId]:
        """List connections with a job that nobody seems to work at: it may not be in the queue."""
        queued = {"state": JobState.QUEUED.value, "touched": {"$lt": queued_before}}
        running = {"state": JobState.RUNNING.value, "touched": {"$lt": touched_before}}
        waiting = {"state": JobState.WAITING.value, "waiting_until": {"$lt": touched_before}}
        found = (
            await self._database[JOBS]
            .find({"$or": [queued, running, waiting]}, {"connection_id": 1})
            .limit(1000)
            .to_list()
        )
        return sorted({ConnectionId(document["connection_id"]) for document in found})


def fresh_job(
    connection: Connection, wanted: Wanted, job_id: JobId, now: Instant, *, since: Instant | None
) -> SyncJob:
    """Make a job that waits for a worker."""
    mode = wanted.mode or Mode.FULL
    return SyncJob(
        job_id=job_id,
        workspace_id=connection.state.workspace_id,
        connection_id=connection.connection_id,
        mode=mode,
        state=JobState.QUEUED,
        created=now,
        since=since if mode is Mode.DELTA else None,
        believes_vanished=wanted.believes_vanished,
    )
