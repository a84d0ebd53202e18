"""A job that is given up asks no more of its site, and stands in nobody's way."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.clock import system_clock
from services.kernel.documents import ISSUES
from services.kernel.ids import ConnectionId
from services.sync.domain.lanes import Lane
from services.sync.queue import job_queue
from services.sync.scheduling import Scheduling
from services.sync.store.database import CONNECTIONS
from services.sync.store.schedules import ScheduleStore
from tests.contract.twin_calls import few
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service, until
from twin.faults import Fault
from twin.life.founding import Founding, found

__all__ = ["sync_stores"]
BULKFETCH = "/rest/api/3/issue/bulkfetch"
VERSIONS = "/rest/api/3/project/{projectIdOrKey}/version"
CANCELLED, SUCCEEDED = pb.SyncJob.CANCELLED, pb.SyncJob.SUCCEEDED


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def cancelled(api: Sync, job: pb.SyncJob, workspace: str = "wsp_1") -> pb.SyncJob:
    """Give a job up."""
    answer: pb.SyncJob = await api.ask(pb.CancelSyncJobRequest(job_id=job.id), workspace)
    return answer


def calls(api: Sync) -> int:
    return sum(api.twin.site.calls.counted.values())


async def stands_still(api: Sync) -> None:
    """Wait until the site is asked nothing for longer than a page takes."""
    for _ in range(20):
        asked = calls(api)
        await asyncio.sleep(1.5)
        if calls(api) == asked:
            return
    raise AssertionError("the site is asked on and on")


async def test_a_job_that_hangs_at_its_site(api: Sync) -> None:
    """It is over at once; its worker lets go of the site, and does the next job at once."""
    await api.connect()
    api.twin.site.faults.add(Fault(path=BULKFETCH, after=1, delay_ms=60_000))
    async with api.working():
        job = await api.start()
        await until(lambda: not api.twin.site.faults.left())
        over = await cancelled(api, job)
        assert (over.state, over.HasField("end_time")) == (CANCELLED, True)
        assert (await api.watched(job))[-1] == over
        stored = await api.database[ISSUES].count_documents({})
        assert 0 < stored < len(api.twin.world.records), "what was stored stays"
        # Within the patience of a test, which is far less than the site's silence.
        following = await api.start()
        assert following.id != job.id
        assert (await api.watched(following))[-1].state == SUCCEEDED
    assert (await api.ask(pb.GetSyncJobRequest(job_id=job.id))) == over


async def test_a_worker_asks_no_more(api: Sync) -> None:
    """Pages are left that it would have read; none of them is asked for."""
    await api.connect()
    for after in (1, 2):
        api.twin.site.faults.add(Fault(path=BULKFETCH, after=after, delay_ms=500))
    async with api.working():
        job = await api.start()
        await until(lambda: len(api.twin.site.faults.left()) == 1)
        await cancelled(api, job)
        await stands_still(api)
    assert api.twin.site.faults.left(), "it would have been the third page"


async def test_a_job_that_nobody_works_at_yet(api: Sync) -> None:
    """It never begins; what is asked for next does."""
    await api.connect()
    job = await api.start()
    assert (await cancelled(api, job)).state == CANCELLED
    before = calls(api)
    following = await api.start()
    assert following.id != job.id
    async with api.working():
        assert (await api.watched(following))[-1].state == SUCCEEDED
    assert calls(api) > before
    assert not (await api.ask(pb.GetSyncJobRequest(job_id=job.id))).HasField("start_time")


async def test_the_job_behind_has_its_turn(api: Sync) -> None:
    """Without being asked for again."""
    await api.connect()
    async with api.working():
        assert (await api.watched(await api.start()))[-1].state == SUCCEEDED
    delta, full = await api.start(), await api.start(mode=pb.SyncJob.FULL)
    assert full.id != delta.id
    await cancelled(api, delta)
    async with api.working():
        assert (await api.watched(full))[-1].state == SUCCEEDED


async def test_the_job_behind_is_given_up(api: Sync) -> None:
    """The one before it goes on."""
    await api.connect()
    async with api.working():
        assert (await api.watched(await api.start()))[-1].state == SUCCEEDED
    delta, full = await api.start(), await api.start(mode=pb.SyncJob.FULL)
    assert (await cancelled(api, full)).state == CANCELLED
    async with api.working():
        assert (await api.watched(delta))[-1].state == SUCCEEDED
    assert (await api.ask(pb.GetSyncJobRequest(job_id=full.id))).state == CANCELLED


async def test_what_is_over_stays_as_it_is(api: Sync) -> None:
    """However often it is given up."""
    await api.connect()
    async with api.working():
        done = (await api.watched(await api.start()))[-1]
    for _ in range(2):
        assert await cancelled(api, done) == done
    job = await api.start()
    assert await cancelled(api, job) == await cancelled(api, job)


async def test_another_workspaces_job(api: Sync) -> None:
    """It is as one that is not there, and goes on."""
    await api.connect()
    job = await api.start()
    async with refused("NOT_FOUND"):
        await cancelled(api, job, "wsp_2")
    assert (await api.ask(pb.GetSyncJobRequest(job_id=job.id))).state == pb.SyncJob.QUEUED


async def test_a_worker_asks_no_more_also_where_nothing_is_written(sync_stores: SyncStores) -> None:
    """Lists are read one after the other, each soon answered, and no write meets the fence."""
    world = found(Founding(issues=240, projects=24), seed=6)
    async with sync_service(sync_stores, world=world) as api:
        made = await api.connect()
        async with api.working():
            assert (await api.watched(await api.start()))[-1].state == SUCCEEDED
            slow = Fault(path=VERSIONS, delay_ms=250, times=1000)
            api.twin.site.faults.add(slow)
            await api.database[CONNECTIONS].update_one({}, {"$set": {"census_due": 1}})
            async with job_queue(api.stores.queue_url) as queue:
                await Scheduling(ScheduleStore(api.database), queue, system_clock).look()
                await queue.put(ConnectionId(made.id), Lane.BACKFILL)
            await until(lambda: slow.times < 1000)
            [census] = [
                one
                for one in (await api.ask(pb.ListSyncJobsRequest())).jobs
                if one.mode == pb.SyncJob.CENSUS
            ]
            assert (await cancelled(api, census)).state == CANCELLED
            await stands_still(api)
        assert 1000 - slow.times < len(list(world.projects())), "every list was asked for"
