"""Stores that die in the middle of a sync: it goes on by itself when they are back, whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from services.kernel.sync_job import JobState
from tests.faults.sync_parts import Place, Stores, place
from tests.faults.sync_truth import assert_all_stored
from tests.faults.waiting import until_true
from tests.stores import free_port, secantus, valkey
from twin.faults import Fault
from twin.serving import running

BULKFETCH = "/rest/api/3/issue/bulkfetch"


@dataclass
class Breakable:
    """A store on a port and a directory of its own, that can be killed and started again."""

    stack: AsyncExitStack
    kind: str
    directory: Path
    port: int
    url: str = ""

    async def start(self) -> None:
        """Start it, with what it has kept."""
        opened = (
            secantus(self.directory, self.port)
            if self.kind == "mongo"
            else valkey("queue", self.directory, self.port)
        )
        self.url = await self.stack.enter_async_context(opened)

    def kill(self) -> None:
        """Kill with -9 the process of ours that listens at the port."""
        # Its clients have the port at their far end.
        processes = psutil.Process().children(recursive=True)
        [listening] = [process for process in processes if self.port in _ports(process)]
        listening.kill()
        listening.wait(10)


def _ports(process: psutil.Process) -> list[int]:
    """Give the ports of this machine at which a process has connections, or listens."""
    return [int(at.laddr[1]) for at in process.net_connections("tcp")]


@asynccontextmanager
async def breakable(kind: str, directory: Path) -> AsyncIterator[Breakable]:
    """Start a store that can be killed."""
    async with AsyncExitStack() as stack:
        store = Breakable(stack, kind, directory, free_port())
        await store.start()
        yield store


async def caught(there: Place) -> None:
    """Wait until a worker hangs in the only fault there is, in the middle of a sync."""
    await until_true(lambda: not there.twin.site.faults.left(), lambda: there.said)


@pytest.mark.parametrize("away_seconds", [0.0, 6.0])
async def test_the_queue_is_killed_and_comes_back(
    sync_stores: Stores, mongo_database: str, tmp_path: Path, away_seconds: float
) -> None:
    """The queue's Redis dies and is back with its log: the sync is done, and the next one runs."""
    async with breakable("queue", tmp_path / "queue") as queue, running() as twin:
        stores = Stores(sync_stores.mongo_url, queue.url, sync_stores.cache_url)
        async with place(stores, database=mongo_database, twin=twin, folder=tmp_path) as there:
            there.worker()
            connection = await there.connect()
            twin.site.faults.add(Fault(path=BULKFETCH, after=5, delay_ms=1500))
            job = await there.start(connection)
            await caught(there)
            queue.kill()
            await asyncio.sleep(away_seconds)
            await queue.start()
            await there.finished(job)
            await assert_all_stored(there, connection)
            await there.finished(await there.start(connection))


async def test_the_database_is_killed_and_comes_back(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """MongoDB's server dies with -9 and is back on its data: all is there, nothing twice."""
    async with breakable("mongo", tmp_path / "mongo") as mongo, running() as twin:
        stores = Stores(mongo.url, sync_stores.queue_url, sync_stores.cache_url)
        async with place(stores, database=mongo_database, twin=twin, folder=tmp_path) as there:
            await there.redis.flushdb()
            there.worker()
            connection = await there.connect()
            twin.site.faults.add(Fault(path=BULKFETCH, after=5, delay_ms=500))
            job = await there.start(connection)
            await caught(there)
            mongo.kill()
            await asyncio.sleep(3)
            await mongo.start()
            done = await there.finished(job)
            assert done.issues_done == 1520
            await assert_all_stored(there, connection)


async def test_a_sync_started_while_the_queue_is_away(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """It is taken down as QUEUED, and a worker finds it when the queue is back."""
    async with breakable("queue", tmp_path / "queue") as queue, running() as twin:
        stores = Stores(sync_stores.mongo_url, queue.url, sync_stores.cache_url)
        async with place(stores, database=mongo_database, twin=twin, folder=tmp_path) as there:
            connection = await there.connect()
            queue.kill()
            async with asyncio.timeout(5):
                job = await there.start(connection)
            assert job.state is JobState.QUEUED
            await queue.start()
            there.worker()
            await there.finished(job)


async def test_a_worker_stops_within_seconds_without_its_queue(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """SIGTERM in the middle of a job while the queue is away: exit code 0."""
    async with breakable("queue", tmp_path / "queue") as queue, running() as twin:
        stores = Stores(sync_stores.mongo_url, queue.url, sync_stores.cache_url)
        async with place(stores, database=mongo_database, twin=twin, folder=tmp_path) as there:
            worker = there.worker()
            connection = await there.connect()
            twin.site.faults.add(Fault(path=BULKFETCH, after=5, delay_ms=60_000))
            job = await there.start(connection)
            await caught(there)
            queue.kill()
            assert await worker.stop() == 0
            await queue.start()
            there.worker()
            await there.finished(job)
            await assert_all_stored(there, connection)
