"""Jobs: at most one of a connection runs, and at most one waits behind it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.ids import ConnectionId, Instant, JobId, TenantScope, WorkspaceId
from services.kernel.sync_job import JobState, SyncJob
from services.sync.domain.quota import Starter
from services.sync.domain.wanted import Wanted
from services.sync.store.cancelling import give_up
from services.sync.store.connections import Connection
from services.sync.store.database import JOBS
from services.sync.store.job_documents import job_of
from services.sync.store.quotas import open_account
from services.sync.store.requested import ANSWERED, joined, note_answer
from services.sync.store.starting import begun

LOOKED_AT_ONCE: Final = 1000


class JobStore:
    """Keeps jobs, and which of them is a connection's present one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked_up_to: Instant = 0

    @store_call
    async def start(
        self,
        connection: Connection,
        wanted: Wanted,
        job_id: JobId,
        now: Instant,
        *,
        starter: Starter | None = None,
        repeatable: bool = False,
    ) -> SyncJob:
        """Add a job for a connection, unless one that does as much is there: then that is given.

        Else it waits behind the one under way; one that waits there already is made to do as much.
        Where the request may be made again with this `job_id`, it is given what it was given then.
        """
        database = self._database

        async def work(session: Session) -> SyncJob:
            known = await database[JOBS].find_one({"_id": job_id}, session=session)
            if known is not None:
                return job_of(known)
            job = await begun(
                database, session, connection, wanted, job_id=job_id, now=now, starter=starter
            )
            if repeatable:
                await note_answer(database, session, job_id, job, now=now)
            return job

        if repeatable and (before := await joined(database, job_id)):
            return before
        if starter is not None:
            await open_account(database, starter, now)
        try:
            return await in_transaction(database, work)
        except ANSWERED:
            # The same request at the same time: what that one was given is this one's, too.
            if meanwhile := await joined(database, job_id):
                return meanwhile
            return await in_transaction(database, work)

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
    ) -> Sequence[TenantScope]:
        """List connections with a job that nobody seems to work at: it may not be in the queue.

        A thousand at once: where more wait in the queue, the next look goes on behind them.
        """
        queued = {"state": JobState.QUEUED.value, "touched": {"$lt": queued_before}}
        running = {"state": JobState.RUNNING.value, "touched": {"$lt": touched_before}}
        waiting = {"state": JobState.WAITING.value, "waiting_until": {"$lt": touched_before}}
        rest = {"touched": {"$gte": self._looked_up_to}, "$or": [queued, running, waiting]}
        found = (
            await self._database[JOBS]
            .find(rest, {"workspace_id": 1, "connection_id": 1, "touched": 1})
            .sort("touched", 1)
            .limit(LOOKED_AT_ONCE)
            .to_list()
        )
        full = len(found) == LOOKED_AT_ONCE
        # As many may have been touched in one millisecond: then those are passed.
        self._looked_up_to = max(found[-1]["touched"], self._looked_up_to + 1) if full else 0
        whose = {document["connection_id"]: document["workspace_id"] for document in found}
        return [TenantScope(WorkspaceId(whose[each]), ConnectionId(each)) for each in sorted(whose)]
