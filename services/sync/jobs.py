"""Jobs: started, shown and watched."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from services.chassis.clock import Clock
from services.kernel.connection import ConnectionStanding
from services.kernel.errors import ConnectionNeedsCredentials, NotFound
from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId, fresh
from services.kernel.sync_job import JobState, SyncJob
from services.sync.domain.lanes import Lane
from services.sync.domain.quota import Starter
from services.sync.domain.wanted import Wanted
from services.sync.store.connections import Connection

WATCH_SECONDS = 0.25
logger = structlog.get_logger()


class Store(Protocol):
    """Keeps jobs; see JobStore."""

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
        """Add a job, unless one that does as much is there; only one that is added is charged.

        A repeatable request, made again with its job's id, is given the job of the first time.
        """

    async def find(self, workspace_id: WorkspaceId, job_id: str) -> SyncJob | None:
        """Find a job."""

    async def page(
        self,
        workspace_id: WorkspaceId,
        *,
        connection_id: ConnectionId | None,
        before: tuple[Instant, str] | None,
        size: int,
    ) -> Sequence[SyncJob]:
        """List jobs, the latest first."""

    async def cancel(
        self, workspace_id: WorkspaceId, job_id: str, now: Instant
    ) -> tuple[SyncJob, bool] | None:
        """Give a job up, unless it is over; gives it, and whether another has its turn now."""


class Find(Protocol):
    """Finds connections of a workspace."""

    async def named(self, workspace_id: WorkspaceId, reference: str) -> Connection:
        """Find a connection by id or name; the only one where none is named."""


class Put(Protocol):
    """Puts a connection into the queue."""

    async def put(self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId) -> None:
        """Put a connection of a workspace into the queue, to wait in a lane."""


class Jobs:
    """What may be done with a workspace's jobs."""

    def __init__(self, store: Store, connections: Find, queue: Put, clock: Clock) -> None:
        self._store = store
        self._connections = connections
        self._queue = queue
        self._clock = clock

    async def start(
        self,
        workspace_id: WorkspaceId,
        reference: str,
        wanted: Wanted,
        request_id: str,
        *,
        starter: Starter | None = None,
    ) -> SyncJob:
        """Start a sync, or give the one that runs; the same `request_id` gives the same job.

        It does for a day also where that was one that ran then and is over by now.
        One that is started is charged to its starter's hour: QuotaSpent where that is full.
        """
        connection = await self._connections.named(workspace_id, reference)
        if connection.state.standing is ConnectionStanding.NEEDS_CREDENTIALS:
            raise ConnectionNeedsCredentials
        job_id = _job_id(connection.connection_id, request_id)
        job = await self._store.start(
            connection,
            wanted,
            job_id,
            self._clock(),
            starter=starter,
            repeatable=bool(request_id),
        )
        if not job.state.final:
            await self.enqueue(connection.connection_id, workspace_id)
        return job

    async def enqueue(self, connection_id: ConnectionId, workspace_id: WorkspaceId) -> None:
        """Put a connection that has a job into the queue, now or as soon as it is found."""
        try:
            await self._queue.put(connection_id, Lane.INTERACTIVE, workspace_id)
        except (RedisError, OSError) as away:
            # The job is kept: workers look for jobs that are not in the queue.
            logger.warning("queue does not answer", connection_id=connection_id, error=str(away))

    async def get(self, workspace_id: WorkspaceId, job_id: str) -> SyncJob:
        """Find a job; NotFound also where it is another workspace's."""
        job = await self._store.find(workspace_id, job_id)
        if job is None:
            raise NotFound("job")
        return job

    async def cancel(self, workspace_id: WorkspaceId, job_id: str) -> SyncJob:
        """Give a job up, unless it is over; NotFound also where it is another workspace's."""
        given_up = await self._store.cancel(workspace_id, job_id, self._clock())
        if given_up is None:
            raise NotFound("job")
        job, another = given_up
        if another:
            await self.enqueue(job.connection_id, workspace_id)
        return job

    async def page(
        self,
        workspace_id: WorkspaceId,
        *,
        reference: str,
        before: tuple[Instant, str] | None,
        size: int,
    ) -> Sequence[SyncJob]:
        """List jobs, the latest first."""
        connection_id = None
        if reference:
            connection_id = (await self._connections.named(workspace_id, reference)).connection_id
        return await self._store.page(
            workspace_id, connection_id=connection_id, before=before, size=size
        )

    async def watch(self, workspace_id: WorkspaceId, job_id: str) -> AsyncIterator[SyncJob]:
        """Give a job now and whenever it moved, until it is final.

        A job whose connection is deleted meanwhile ends as CANCELLED.
        """
        shown = await self.get(workspace_id, job_id)
        yield shown
        while not shown.state.final:
            await asyncio.sleep(WATCH_SECONDS)
            job = await self._store.find(workspace_id, job_id) or self._cancelled(shown)
            if job != shown:
                yield job
                shown = job

    def _cancelled(self, job: SyncJob) -> SyncJob:
        return replace(job, state=JobState.CANCELLED, ended=self._clock())


def _job_id(connection_id: ConnectionId, request_id: str) -> JobId:
    """Make a job's id; of a request that was made before, the same one."""
    if not request_id:
        return JobId(fresh("job"))
    digest = hashlib.sha256(f"{connection_id}/{request_id}".encode()).hexdigest()
    return JobId(f"job_{digest[:30]}")
