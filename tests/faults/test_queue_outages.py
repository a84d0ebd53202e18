"""A queue's server that refuses, forgets, is full or cannot be reached: nothing is lost (Q10).

Restarts with the log, and kill -9, are in test_sync_outages and test_workers_stores; a replica that
takes over is in test_queue_failover.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ClusterDownError, MovedError, OutOfMemoryError, ReadOnlyError

from services.kernel.sync_job import JobState
from services.sync import queue
from services.sync.domain.lanes import Lane
from services.sync.queue import PutBack, TryAgain, job_queue
from services.sync.queue_server import OneOfMany
from tests.faults.proxy import way_to
from tests.faults.queue_parts import Hands, Line, connections, line
from tests.faults.small_site import FEW, connected
from tests.faults.sync_parts import Stores, place
from tests.faults.waiting import until, until_true
from tests.stores import valkey
from twin.serving import running

[ONE, TWO] = connections(2)
NOWHERE = ("127.0.0.1", "1")
CUT_OFF_SECONDS = 30.0
# What is nobody's is refused, and all else answered.
CLUSTER = ("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")
OF_THE_OTHER = "another's"  # a key of slot 9194


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let locks lapse, and what failed be tried again, within a second."""
    monkeypatch.setattr(queue, "LOCK_MILLISECONDS", 1000)
    monkeypatch.setattr(queue, "STALLED_CHECK_MILLISECONDS", 300)
    monkeypatch.setattr(queue, "APART_MILLISECONDS", 100)
    monkeypatch.setattr(queue, "FIRST_RETRY_MILLISECONDS", 50)


@pytest_asyncio.fixture
async def own_line(tmp_path: Path) -> AsyncIterator[Line]:
    """Give an empty queue on a server of its own."""
    async with valkey("queue", tmp_path / "queue") as url, line(url) as made:
        yield made


async def refusals(own: Line, why: str) -> int:
    """Tell how many commands the server has refused for a reason."""
    known = await own.redis.info("errorstats")
    return int(known.get(f"errorstat_{why}", {}).get("count", 0))


async def ended_in_vain(own: Line, why: str, before: int) -> None:
    """Wait until the end of a job was refused, as completed and then as failed."""

    async def refused() -> bool:
        return await refusals(own, why) >= before + 2

    await until(refused, lambda: f"nothing more was refused as {why}")


async def test_scripts_that_the_server_forgot_are_loaded_again(own_line: Line) -> None:
    """SCRIPT FLUSH (a restart, a failover) before every step of a job's way: each is done."""
    hands = Hands(held=False, raising=[TryAgain("once"), PutBack(0)])
    await own_line.redis.script_flush()
    await own_line.jobs.put(ONE, Lane.DELTA)
    async with own_line.at_work(hands):
        for amount in (1, 2, 3):
            await until_true(lambda: len(hands.begun) >= amount, lambda: str(hands))  # noqa: B023
            await own_line.redis.script_flush()
        await own_line.until_counts()
    # Put back costs no attempt; tried again, one: so does a flush between a script and its call.
    assert hands.begun[:3] == [(ONE, 1), (ONE, 2), (ONE, 2)]
    assert hands.begun[3:] in ([], [(ONE, 3)])
    assert hands.lost == []


@pytest.mark.usefixtures("quick")
async def test_a_server_that_takes_no_writes(own_line: Line) -> None:
    """READONLY (a failover that the way has not followed): a put says so; workers go on later."""
    hands = Hands()
    await own_line.jobs.put(ONE, Lane.DELTA)
    async with own_line.at_work(hands):
        await until_true(lambda: len(hands.begun) == 1, lambda: str(hands))
        await own_line.redis.replicaof(*NOWHERE)
        with pytest.raises(ReadOnlyError):
            await own_line.jobs.put(TWO, Lane.DELTA)
        before = await refusals(own_line, "READONLY")
        hands.let_go(ONE, TWO)
        await ended_in_vain(own_line, "READONLY", before)
        await own_line.redis.replicaof("NO", "ONE")
        await own_line.jobs.put(TWO, Lane.DELTA)
        await own_line.until_counts()
    assert hands.ended[TWO] == 1
    assert hands.lost == []


async def full(own: Line) -> None:
    """Let the server have no memory left: it evicts nothing."""
    await own.redis.config_set("maxmemory", "1")


@pytest.mark.usefixtures("quick")
async def test_a_server_without_memory(own_line: Line) -> None:
    """A put is refused with the reason; what runs is not lost, and ends when there is room."""
    hands = Hands()
    await own_line.jobs.put(ONE, Lane.DELTA)
    async with own_line.at_work(hands):
        await until_true(lambda: len(hands.begun) == 1, lambda: str(hands))
        await full(own_line)
        with pytest.raises(OutOfMemoryError):
            await own_line.jobs.put(TWO, Lane.DELTA)
        before = await refusals(own_line, "OOM")
        hands.let_go(ONE, TWO)
        await ended_in_vain(own_line, "OOM", before)
        await own_line.redis.config_set("maxmemory", "0")
        await own_line.until_counts()
    assert hands.lost == []


async def test_a_sync_started_while_the_queue_is_full(
    sync_stores: Stores, own_line: Line, mongo_database: str, tmp_path: Path
) -> None:
    """It is taken down as QUEUED all the same, and a worker finds it when there is room."""
    stores = Stores(sync_stores.mongo_url, own_line.url, sync_stores.cache_url)
    async with (
        running() as twin,
        place(stores, database=mongo_database, twin=twin, folder=tmp_path) as there,
    ):
        connection = await connected(there)
        await full(own_line)
        job = await there.start(connection)
        assert job.state is JobState.QUEUED
        assert await own_line.counts() == {}
        await own_line.redis.config_set("maxmemory", "0")
        there.worker()
        await there.finished(job)
        assert len(await there.stored(connection)) == FEW


@pytest.mark.usefixtures("quick")
async def test_a_worker_that_cannot_reach_the_queue_loses_its_job_and_no_more(
    own_line: Line,
) -> None:
    """Cut off for half a minute: another has the job; what it says of it later counts not.

    It is fit for the next job when the way is open again.
    """
    port = int(own_line.url.rsplit(":", 1)[1].split("/")[0])
    cut_off, other = Hands(), Hands()
    await own_line.jobs.put(ONE, Lane.DELTA)
    async with way_to(port) as way, AsyncExitStack() as stack:
        far = Line(f"redis://127.0.0.1:{way.port}/0", own_line.jobs, own_line.redis)
        await stack.enter_async_context(far.at_work(cut_off))
        await until_true(lambda: len(cut_off.begun) == 1, lambda: str(cut_off))
        way.cut()
        open_again = time.monotonic() + CUT_OFF_SECONDS
        async with own_line.at_work(other):
            await until_true(lambda: len(other.begun) == 1, lambda: str(other))
            # It ends its job while nobody hears it; that arrives when the way is open.
            cut_off.let_go(ONE, TWO)
            await until_true(lambda: cut_off.ended[ONE] == 1, lambda: str(cut_off))
            await asyncio.sleep(open_again - time.monotonic())
            way.heal()
            await own_line.jobs.put(ONE, Lane.DELTA)
            held = await own_line.redis.get(await own_line.key(ONE) + ":lock")
            assert held is not None
            other.let_go(ONE)
            await until_true(lambda: other.ended[ONE] >= 1, lambda: str(other))
        # The second put follows, as what is put while a job runs does.
        await own_line.until_counts()
        await own_line.jobs.put(TWO, Lane.DELTA)
        await until_true(lambda: cut_off.ended[TWO] == 1, lambda: str(cut_off))
    assert (cut_off.lost, other.lost) == ([], [])


async def in_two(one: Redis, other: Redis) -> None:
    """Make two servers a cluster, each with half of the keys; wait until both know."""
    port = other.connection_pool.connection_kwargs["port"]
    await one.cluster("ADDSLOTSRANGE", 0, 8191)
    await other.cluster("ADDSLOTSRANGE", 8192, 16383)
    await one.cluster("MEET", "127.0.0.1", port)

    async def moved() -> bool:
        try:
            await one.get(OF_THE_OTHER)
        except MovedError:
            return True
        except ClusterDownError:
            pass
        return False

    await until(moved, lambda: "they do not know each other")


async def test_a_server_of_a_cluster(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """It holds a part of the keys (MOVED): a put says what to do instead; the job is kept."""
    async with (
        valkey("queue", options=CLUSTER) as url,
        valkey("queue", options=CLUSTER) as other_url,
        Redis.from_url(url) as one,
        Redis.from_url(other_url) as other,
        running() as twin,
    ):
        await in_two(one, other)
        stores = Stores(sync_stores.mongo_url, url, sync_stores.cache_url)
        async with (
            job_queue(url) as jobs,
            place(stores, database=mongo_database, twin=twin, folder=tmp_path) as there,
        ):
            with pytest.raises(OneOfMany, match="let REDIS_QUEUE_URL name one without cluster"):
                await jobs.put(ONE, Lane.DELTA)
            assert (await there.start(await connected(there))).state is JobState.QUEUED
        assert await one.dbsize() == await other.dbsize() == 0
