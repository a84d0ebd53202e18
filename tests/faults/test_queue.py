"""The queue of jobs on a real Valkey: attempts counted, patience free, nothing put is dropped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId
from services.sync.queue import Handle, JobQueue, PutBack, TryAgain, job_queue, working
from tests.stores import valkey

ONE = ConnectionId("con_one")
SECONDS = 20
Seen = asyncio.Queue[int]


async def _lost(_connection_id: ConnectionId) -> None:
    """Nothing is lost here."""


@asynccontextmanager
async def worked_at(handle: Handle) -> AsyncIterator[JobQueue]:
    """Run a queue and a worker whose jobs are done by `handle`; a test ends within SECONDS."""
    async with (
        asyncio.timeout(SECONDS),
        valkey("queue") as url,
        job_queue(url) as queue,
        working(url, handle, _lost, clock=system_clock, concurrency=4),
    ):
        yield queue


async def test_each_attempt_is_told_its_number() -> None:
    """A job that fails is tried again, and told so."""
    seen: Seen = asyncio.Queue()

    async def handle(_connection_id: ConnectionId, attempt: int) -> None:
        seen.put_nowait(attempt)
        if attempt < 3:
            raise TryAgain("not yet")

    async with worked_at(handle) as queue:
        await queue.put(ONE)
        assert [await seen.get() for _ in range(3)] == [1, 2, 3]


async def test_a_job_that_is_put_back_spends_no_attempt() -> None:
    """Whoever waits as a site asked is at the first attempt still."""
    seen: Seen = asyncio.Queue()
    calls = iter(range(4))

    async def handle(_connection_id: ConnectionId, attempt: int) -> None:
        seen.put_nowait(attempt)
        if next(calls) < 3:
            raise PutBack(system_clock() + 50)

    async with worked_at(handle) as queue:
        await queue.put(ONE)
        attempts = [await seen.get() for _ in range(4)]
    assert attempts == [1, 1, 1, 1]
    assert all(type(attempt) is int for attempt in attempts)


async def test_what_is_put_while_it_runs_follows_it_once() -> None:
    """Put five times while its job runs, a connection is worked at once more, not five times."""
    seen: Seen = asyncio.Queue()
    go_on = asyncio.Event()

    async def handle(_connection_id: ConnectionId, attempt: int) -> None:
        seen.put_nowait(attempt)
        await go_on.wait()

    async with worked_at(handle) as queue:
        await queue.put(ONE)
        await seen.get()
        for _ in range(5):
            await queue.put(ONE)
        assert seen.empty()
        go_on.set()
        await seen.get()
        await asyncio.sleep(1.0)
    assert seen.empty()
