"""The queue of connections that have a job: BullMQ, under the four rules of ADR 0003.

A queue's job says which connection to work at and nothing else: what is to be done is read from
`jobs`. Of a connection at most one is in the queue; one that is put while it runs follows it.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from bullmq import Job, Queue
from bullmq.custom_errors import DelayedError, UnrecoverableError

from services.chassis.clock import Clock
from services.chassis.stopping import beside
from services.kernel.errors import StoreUnavailable
from services.kernel.ids import ConnectionId, Instant, WorkspaceId
from services.sync.domain.lanes import PRIORITY, Lane
from services.sync.queue_server import all_keys_in_one, blocking, heard_by, impatient
from services.sync.taking import Taker
from services.sync.turns import Turns

QUEUE = "sync"
# 2 s doubled eleven times outlives an hourly quota.
ATTEMPTS = 12
FIRST_RETRY_MILLISECONDS = 2000
BACKOFF = "jittered"
# A worker that died is noticed within this, not within BullMQ's default of a minute.
LOCK_MILLISECONDS = 3000
STALLED_CHECK_MILLISECONDS = 2000
DEATHS = 3  # of its workers end a job
NEVER = 1_000_000_000
IDLE_WAIT_SECONDS = 5
PUT_SECONDS = 3.0
# What runs is handed back within this when the worker stops; a lock of 3 s covers the rest.
CLOSE_SECONDS = 10.0
# A transaction that a killed worker left open holds its connection for a minute.
TELL_TRIES = 45
TELL_PAUSE_SECONDS = 2.0
# A job that may not begin beside what runs already looks again after this.
APART_MILLISECONDS = 1000
KEEP_FAILED = {"count": 1000, "age": 7 * 24 * 3600}
logger = structlog.get_logger()


class TryAgain(Exception):
    """The job could not be done now; it is tried again after a while."""


class PutBack(Exception):
    """The job is put back until an instant, which costs it no attempt."""

    def __init__(self, until: Instant) -> None:
        super().__init__(f"until {until}")
        self.until = until


# Works at a connection's job; the attempt is from 1 up to ATTEMPTS, the last.
Handle = Callable[[ConnectionId, int], Awaitable[None]]
# Hears of a connection whose job killed its workers, or whose attempts are spent.
Lost = Callable[[ConnectionId], Awaitable[None]]


def backoff(attempts_made: int, *_: object) -> int:
    """Tell how long to wait after a failed attempt: doubled each time, up to 30 % more, in ms."""
    return int(FIRST_RETRY_MILLISECONDS * 2 ** (attempts_made - 1) * (1 + 0.3 * random.random()))


class JobQueue:
    """Puts connections into the queue."""

    def __init__(self, queue: Queue, replicas: int = 0) -> None:
        self._queue = queue
        self._turns = Turns(queue.client, queue.toKey(""))
        self._replicas = replicas

    async def put(
        self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId | None = None
    ) -> None:
        """Put a connection into the queue; TimeoutError after three seconds.

        TooFewReplicas where fewer than were asked for have heard of it: it may be lost, or not.
        One that is there, or runs and is to follow, waits in the soonest lane it was put into.
        Workspaces take turns: whose a connection is counts as it was last told.
        """
        async with asyncio.timeout(PUT_SECONDS):
            with all_keys_in_one():
                await self._put(connection_id, lane, workspace_id)
            if self._replicas:
                await heard_by(self._queue.client, self._replicas, mark=self._queue.toKey("puts"))

    async def _put(
        self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId | None
    ) -> None:
        await self._queue.add(
            "sync",
            {"connection_id": connection_id},
            {
                # What has no priority would overtake everything.
                "priority": PRIORITY[lane],
                "attempts": ATTEMPTS,
                "backoff": {"type": BACKOFF},
                "deduplication": {"id": connection_id, "keepLastIfActive": True},
                "removeOnComplete": True,
                "removeOnFail": KEEP_FAILED,
            },
        )
        await self._turns.put(connection_id, lane, workspace_id)

    async def weigh(self, weights: Mapping[WorkspaceId, int]) -> None:
        """Let workspaces have this many turns for each of one that nothing is known of."""
        await self._turns.weigh(weights)

    async def ping(self) -> None:
        """Ask the queue's server whether it is there."""
        await self._queue.client.ping()

    async def time(self) -> Instant:
        """Ask the queue's server for its time."""
        seconds, microseconds = await self._queue.client.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def counts(self, *states: str) -> Mapping[str, int]:
        """Count what is in the queue, by BullMQ's names for where it is."""
        async with asyncio.timeout(PUT_SECONDS):
            found = await self._queue.getJobCounts(*states)
        return {state: int(found.get(state, 0)) for state in states}


@asynccontextmanager
async def job_queue(url: str, replicas: int = 0) -> AsyncIterator[JobQueue]:
    """Open the queue for putting; so many replicas are to hear of each put."""
    queue = Queue(QUEUE, {"connection": blocking(url)})
    impatient(queue.client)
    try:
        yield JobQueue(queue, replicas)
    finally:
        await queue.close()


def _processor(handle: Handle, clock: Clock) -> Callable[[Job, str], Awaitable[None]]:
    async def process(job: Job, token: str) -> None:
        taker: Taker = job.queue
        deaths = await taker.suspects.deaths(job)
        if deaths >= DEATHS:
            raise UnrecoverableError("its workers died of it")
        if not taker.suspects.admits(job):
            await taker.put_off(job, token, clock() + APART_MILLISECONDS)
            raise DelayedError
        try:
            async with taker.suspects.trying(job, deaths):
                await handle(ConnectionId(job.data["connection_id"]), job.attemptsMade + 1)
        except PutBack as back:
            await taker.put_off(job, token, back.until)
            raise DelayedError from back
        finally:
            taker.suspects.leave(job)

    return process


def _taker(url: str, handle: Handle, *, clock: Clock, concurrency: int) -> Taker:
    options = {
        "connection": blocking(url),
        "autorun": False,
        "concurrency": concurrency,
        "lockDuration": LOCK_MILLISECONDS,
        "stalledInterval": STALLED_CHECK_MILLISECONDS,
        # Deaths are counted by suspects.py.
        "maxStalledCount": NEVER,
        "drainDelay": IDLE_WAIT_SECONDS,
        "runRetryDelay": 1000,
        "settings": {"backoffStrategy": backoff},
    }
    return Taker(QUEUE, _processor(handle, clock), options, clock=clock)


@asynccontextmanager
async def working(
    url: str,
    handle: Handle,
    lost: Lost,
    *,
    clock: Clock,
    concurrency: int,
    stopping: asyncio.Event | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    """Work at the queue's jobs until left; then what runs is waited for.

    Nothing more is taken from when `stopping` is set. Gives the task that works: it ends by itself
    only when it is broken.
    """
    worker = _taker(url, handle, clock=clock, concurrency=concurrency)
    ends: set[asyncio.Task[None]] = set()

    def failed(job: Job, error: BaseException, *_: Any) -> None:  # noqa: ANN401 - BullMQ's event
        logger.warning("job failed", connection_id=job.data["connection_id"], error=str(error))
        if isinstance(error, UnrecoverableError) or job.attemptsMade >= ATTEMPTS:
            ends.add(asyncio.create_task(_told(lost, ConnectionId(job.data["connection_id"]))))

    worker.on("failed", failed)
    impatient(worker.client, worker.bclient)
    worker.on("error", lambda error, *_: logger.warning("queue error", error=str(error)))
    running = asyncio.create_task(worker.run())
    try:
        async with beside(_resting(worker, stopping or asyncio.Event())):
            yield running
    finally:
        await _closed(worker)
        running.cancel()
        await asyncio.gather(running, *ends, return_exceptions=True)


async def _resting(worker: Taker, stopping: asyncio.Event) -> None:
    await stopping.wait()
    await worker.rest()


async def _closed(worker: Taker) -> None:
    """Let what runs come to its end; what does not in time is left to its lock, as if killed."""
    await worker.rest()
    if not await worker.ended(CLOSE_SECONDS):
        logger.warning("jobs did not end in time")
        worker.cancelProcessing()
    await worker.close()


async def _told(lost: Lost, connection_id: ConnectionId) -> None:
    """Say that a job is lost, again and again while the store is away or held by who died."""
    for _ in range(TELL_TRIES):
        try:
            await lost(connection_id)
        except StoreUnavailable:
            await asyncio.sleep(TELL_PAUSE_SECONDS)
        else:
            return
    # The look for forsaken jobs will find it.
    logger.error("a lost job could not be noted", connection_id=connection_id)
