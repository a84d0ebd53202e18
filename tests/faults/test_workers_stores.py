"""Stores that are killed under two workers and the API: all three go on when they are back."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

from tests.faults.accounting import assert_complete
from tests.faults.processes import Store
from tests.faults.sync_parts import Stores
from tests.faults.sync_product import Job, product
from tests.stores import secantus, valkey
from twin.faults import Fault
from twin.serving import running

CHANGELOG = "/rest/api/3/changelog/bulkfetch"
# A call of a store gives up after five.
HELD_SECONDS = 9.0
# What BullMQ counts of a job: how often it was begun, and how many attempts are spent.
STARTED, ATTEMPTS_SPENT = b"ats", b"atm"
# So that a sync takes seconds, and stores die in the middle of it.
SLOW = {"path": CHANGELOG, "delay_ms": 150, "times": 1000}


async def test_a_queue_that_dies_loses_neither_what_runs_nor_what_is_asked_meanwhile(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """Killed with -9 and back on its log; what was asked for in between is found and done."""
    queue = Store(partial(valkey, "queue", tmp_path / "queue"))
    async with queue.running() as url, running() as another:
        stores = Stores(sync_stores.mongo_url, url, sync_stores.cache_url)
        async with product(
            stores, database=mongo_database, folder=tmp_path, more_sites=(another.origin,)
        ) as there:
            there.twin.site.faults.add(Fault(**SLOW))
            there.worker()
            there.worker()
            first = await there.connect()
            second = await there.connect("another", site_url=another.origin)
            job = await there.start(first)
            await there.until_done(job, 300)
            await queue.kill()
            meanwhile = await there.start(second)
            assert meanwhile.state == Job.QUEUED
            assert (await there.start(first)).id == job.id
            await queue.start()
            await there.succeeded(job)
            await assert_complete(there, first)
            await there.succeeded(meanwhile)
            await there.succeeded(await there.start(second))


async def test_a_database_that_dies_keeps_every_page_it_took(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """Killed with -9 and back on its data; meanwhile the API says UNAVAILABLE and does not hang."""
    mongo = Store(partial(secantus, tmp_path / "mongo"))
    async with mongo.running() as url:
        stores = Stores(url, sync_stores.queue_url, sync_stores.cache_url)
        async with product(stores, database=mongo_database, folder=tmp_path) as there:
            there.twin.site.faults.add(Fault(**SLOW))
            there.worker()
            there.worker()
            connection = await there.connect()
            job = await there.start(connection)
            await there.until_done(job, 300)
            await mongo.kill()
            async with asyncio.timeout(10):
                with pytest.raises(grpc.aio.AioRpcError) as away:
                    await there.job(job)
            assert away.value.code() is grpc.StatusCode.UNAVAILABLE
            await mongo.start()
            done = await there.succeeded(job)
            assert done.progress.issues_done == 1520
            await assert_complete(there, connection)


async def test_a_transaction_that_a_dead_worker_left_open_costs_no_attempt(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """MongoDB keeps it for a minute, and its documents with it: the job is put back until then."""
    async with (
        product(sync_stores, database=mongo_database, folder=tmp_path) as there,
        Redis.from_url(sync_stores.queue_url) as queue,
        there.database.client.start_session() as session,
    ):
        connection = await there.connect()
        await session.start_transaction()
        states, touch = there.database["connection_states"], {"$set": {"touched_by": "the dead"}}
        await states.update_one({"_id": connection}, touch, session=session)
        job = await there.start(connection)
        queued = await queue.get(f"bull:sync:de:{connection}")
        assert isinstance(queued, bytes)
        there.worker()
        await asyncio.sleep(HELD_SECONDS)
        kept: dict[Any, Any] = await queue.hgetall(f"bull:sync:{queued.decode()}")
        assert int(kept[STARTED]) > 0, "nobody has tried"
        assert int(kept.get(ATTEMPTS_SPENT, 0)) == 0
        await session.abort_transaction()
        await there.succeeded(job)
        await assert_complete(there, connection)
