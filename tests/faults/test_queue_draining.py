"""A worker that stops takes nothing more, keeps what still runs, and loses nothing (Q9)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from bullmq.backends import RedisBackend

from services.kernel.documents import ISSUES
from services.kernel.ids import ConnectionId
from services.kernel.sync_job import JobState
from services.sync import queue
from services.sync.domain.lanes import Lane
from services.sync.queue import job_queue
from services.sync.store.database import JOBS
from tests.faults.queue_parts import Hands, Line, connections
from tests.faults.small_site import FEW, connected
from tests.faults.sync_parts import Place
from tests.faults.waiting import until, until_true
from twin.faults import Fault

STATUSES = "/rest/api/3/status"
RUNNING, WAITING = 20, 5


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker that stops wait for what runs as long as a busy machine may need."""
    monkeypatch.setattr(queue, "CLOSE_SECONDS", 60.0)


@asynccontextmanager
async def stopping(at_work: AsyncExitStack) -> AsyncIterator[None]:
    """Let a worker stop while things are done; it has stopped at the end."""
    stops = asyncio.create_task(at_work.aclose())
    try:
        yield
    finally:
        await stops


async def renewed(line: Line, ids: Sequence[ConnectionId]) -> None:
    """Wait until the lock of each connection's job was renewed; it must not lapse before."""

    async def left(connection_id: ConnectionId) -> int:
        milliseconds = await line.redis.pttl(await line.key(connection_id) + ":lock")
        assert milliseconds > 0, f"{connection_id}: its worker runs, and its lock has lapsed"
        return int(milliseconds)

    last = {each: await left(each) for each in ids}
    waiting = set(ids)

    async def all_renewed() -> bool:
        for each in tuple(waiting):
            now = await left(each)
            if now > last[each]:
                waiting.discard(each)
            last[each] = now
        return not waiting

    await until(all_renewed, lambda: f"not renewed: {waiting}")


@pytest.mark.usefixtures("patient")
async def test_what_still_runs_stays_the_stopping_workers(queue_line: Line) -> None:
    """Twenty run as it is told to stop; one ends at once: the locks of the others are renewed.

    Each is begun once, and is done.
    """
    ids = connections(RUNNING)
    for each in ids:
        await queue_line.jobs.put(each, Lane.DELTA)
    hands, work = Hands(), AsyncExitStack()
    await work.enter_async_context(queue_line.at_work(hands))
    await until_true(lambda: len(hands.begun) == RUNNING, lambda: str(hands))
    async with stopping(work):
        hands.let_go(ids[0])
        await until_true(lambda: hands.ended.total() == 1, lambda: str(hands))
        try:
            # Twice: the first may have been under way when that one ended.
            await renewed(queue_line, ids[1:])
            await renewed(queue_line, ids[1:])
        finally:
            hands.let_go(*ids)
    assert await queue_line.counts() == {}
    assert hands.times() == dict.fromkeys(ids, 1)


async def test_what_is_fetched_as_it_stops_is_given_back(
    queue_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose fetch is under way: the next worker has it at once, and nobody died of it."""
    fetch, asked, answer = RedisBackend.moveToActive, asyncio.Event(), asyncio.Event()

    async def slow(self: RedisBackend, token: str, options: dict[str, object]) -> object:
        found = await fetch(self, token, options)
        if found[0]:
            asked.set()
            await answer.wait()
        return found

    [one, two] = connections(2)
    hands, work = Hands(), AsyncExitStack()
    await queue_line.jobs.put(one, Lane.DELTA)
    await work.enter_async_context(queue_line.at_work(hands, concurrency=2))
    await until_true(lambda: len(hands.begun) == 1, lambda: str(hands))
    monkeypatch.setattr(RedisBackend, "moveToActive", slow)
    await queue_line.jobs.put(two, Lane.DELTA)
    await asyncio.wait_for(asked.wait(), 30)
    async with stopping(work):
        hands.let_go(one)
        await until_true(lambda: hands.ended.total() == 1, lambda: str(hands))
        answer.set()
    assert hands.times() == {one: 1}
    assert await queue_line.counts() in ({"delayed": 1}, {"prioritized": 1})
    assert await queue_line.deaths(two) == 0
    following = Hands(held=False)
    async with queue_line.at_work(following):
        await until_true(lambda: following.ended.total() == 1, lambda: str(following))
    assert following.begun == [(two, 1)]


async def test_a_worker_with_twenty_jobs_hands_all_of_them_back(sync_place: Place) -> None:
    """SIGTERM: exit code 0; it began nothing more, and nothing twice; each is done afterwards.

    Twenty run and five wait. Neither an attempt nor a death is counted of any.
    """
    there = sync_place
    there.twin.site.faults.add(Fault(path=STATUSES, delay_ms=60_000, times=1000))
    those = [await connected(there, number) for number in range(RUNNING + WAITING)]
    jobs = [await there.start(each) for each in those]
    there.environment["WORKER_CONCURRENCY"] = str(RUNNING)
    worker = there.worker()

    async def all_run() -> bool:
        running = {"state": JobState.RUNNING.value}
        return await there.database[JOBS].count_documents(running) == RUNNING

    await there.until_there(all_run)
    assert await worker.stop() == 0
    async with job_queue(there.environment["REDIS_QUEUE_URL"]) as queued:
        line = Line(there.environment["REDIS_QUEUE_URL"], queued, there.redis)
        kept = [await line.kept(job.connection_id) for job in jobs]
    assert sum(int(fields.get("ats", 0)) for fields in kept) == RUNNING
    assert sum(int(fields.get("atm", 0)) + int(fields.get("stc", 0)) for fields in kept) == 0
    assert {(await there.job(job)).state for job in jobs} == {JobState.QUEUED}, there.said
    there.twin.site.faults.clear()
    there.worker()
    for job in jobs:
        done = await there.finished(job)
        assert done.issues_done == done.issues_total == FEW
    stored = there.database[ISSUES]
    assert await stored.count_documents({}) == FEW * len(jobs)
