"""Syncs over the wire: started once, joined, queued behind, watched, refused, healed."""

import asyncio
from typing import Any

import grpc
from pydantic import SecretStr

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis import redis
from services.chassis.clock import system_clock
from services.chassis.revocation_news import tell_revocations
from services.kernel.revocation import Revocation
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync, until
from twin.editing import Edit, apply
from twin.faults import Fault

__all__ = ["api", "sync_stores"]

BULKFETCH = "/rest/api/3/issue/bulkfetch"
FULL, DELTA = pb.SyncJob.FULL, pb.SyncJob.DELTA
Progress = pb.SyncJob.Progress


async def synced(api: Sync, **asked: Any) -> pb.SyncJob:
    """Sync to the end; gives the job as it was shown last."""
    return (await api.watched(await api.start(**asked)))[-1]


async def test_a_watcher_sees_a_sync_to_its_end(api: Sync) -> None:
    """Progress only grows, the last message is final, and the connection is ACTIVE then."""
    made = await api.connect()
    job = await api.start()
    assert (job.state, job.mode, job.connection_id) == (pb.SyncJob.QUEUED, FULL, made.id)
    async with api.working():
        shown = await api.watched(job)
    assert shown[0].state in {pb.SyncJob.QUEUED, pb.SyncJob.RUNNING}
    done = [one.progress.issues_done for one in shown]
    assert done == sorted(done)
    pages = [one.progress.pages_done for one in shown]
    assert pages == sorted(pages)
    assert not shown[0].progress.HasField("pages_total"), "nothing is listed yet"
    last = shown[-1]
    assert last.state == pb.SyncJob.SUCCEEDED
    assert (last.progress.issues_done, last.progress.issues_total) == (250, 250)
    assert (last.progress.pages_done, last.progress.pages_total) == (3, 3)
    assert last.progress.stage == Progress.DONE
    assert last.create_time.seconds <= last.start_time.seconds <= last.end_time.seconds
    assert not last.HasField("error")
    assert await api.ask(pb.GetSyncJobRequest(job_id=job.id)) == last
    connection = await api.ask(connections_pb.GetConnectionRequest(connection_id=made.id))
    assert connection.state == connections_pb.Connection.ACTIVE
    assert connection.last_sync_time == last.end_time


async def test_the_same_request_id_is_the_same_job(api: Sync) -> None:
    """Twenty at once with one request_id make one job; also after it has ended."""
    await api.connect()
    jobs = await asyncio.gather(*(api.start(request_id="r-1") for _ in range(20)))
    assert len({job.id for job in jobs}) == 1
    assert len((await api.ask(pb.ListSyncJobsRequest())).jobs) == 1
    async with api.working():
        await api.watched(jobs[0])
    again = await api.start(request_id="r-1")
    assert (again.id, again.state) == (jobs[0].id, pb.SyncJob.SUCCEEDED)
    assert (await api.start(request_id="r-2")).id != again.id


async def test_twenty_starts_at_once_are_one_job(api: Sync) -> None:
    """Without a request_id, too: each is answered with the job that there is."""
    await api.connect()
    jobs = await asyncio.gather(*(api.start() for _ in range(20)))
    assert len({job.id for job in jobs}) == 1


async def test_a_delta_before_any_full_is_a_full(api: Sync) -> None:
    """There is nothing yet that a DELTA could add to; afterwards it is what is meant."""
    await api.connect()
    assert (await api.start(mode=DELTA)).mode == FULL
    async with api.working():
        await synced(api)
        [issue_id, *_] = api.twin.world.records
        apply(api.twin.world, issue_id, Edit(status="6"))
        delta = await synced(api)
        assert (delta.mode, delta.progress.issues_total) == (DELTA, 1)
        assert (await synced(api, mode=FULL)).mode == FULL


async def test_a_full_over_a_running_delta_waits_behind_it(api: Sync) -> None:
    """One FULL is queued, however often it is asked for; a DELTA asked then is the running one."""
    await api.connect()
    async with api.working():
        await synced(api)
        [issue_id, *_] = api.twin.world.records
        apply(api.twin.world, issue_id, Edit(status="6"))
        api.twin.site.faults.add(Fault(path=BULKFETCH, delay_ms=1000))
        delta = await api.start()
        await until(lambda: not api.twin.site.faults.left())
        full = await api.start(mode=FULL)
        assert (full.mode, full.state) == (FULL, pb.SyncJob.QUEUED)
        assert (await api.start(mode=FULL)).id == full.id
        assert (await api.start()).id == delta.id
        assert (await api.watched(delta))[-1].state == pb.SyncJob.SUCCEEDED
        assert (await api.watched(full))[-1].state == pb.SyncJob.SUCCEEDED
    assert len((await api.ask(pb.ListSyncJobsRequest())).jobs) == 3


async def test_a_revoked_credential_is_told_and_healed(api: Sync) -> None:
    """401 in a sync: told, refused once and no more, not startable; Update heals it."""
    made = await api.connect()
    api.twin.site.token = "another-token"
    async with api.working():
        failed = await synced(api)
        assert failed.state == pb.SyncJob.FAILED
        assert failed.error.reason == "CONNECTION_NEEDS_CREDENTIALS"
        get = connections_pb.GetConnectionRequest(connection_id=made.id)
        assert (await api.ask(get)).state == connections_pb.Connection.NEEDS_CREDENTIALS
        async with refused("CONNECTION_NEEDS_CREDENTIALS") as seen:
            await api.start()
        assert seen[0].code is grpc.StatusCode.FAILED_PRECONDITION
        await asyncio.sleep(1)
        calls = api.twin.site.calls.counted
        assert [n for (_, _, status), n in calls.items() if status == "401"] == [1]
        update = connections_pb.UpdateConnectionRequest(
            connection_id=made.id, api_token="another-token"
        )
        assert (await api.ask(update)).state == connections_pb.Connection.NEW
        assert (await synced(api)).state == pb.SyncJob.SUCCEEDED


async def test_the_job_behind_fails_with_a_refused_credential(api: Sync) -> None:
    """A FULL that waits behind a DELTA is not tried with a credential that is refused."""
    await api.connect()
    async with api.working():
        await synced(api)
        apply(api.twin.world, next(iter(api.twin.world.records)), Edit(status="6"))
        api.twin.site.faults.add(Fault(status=401, path=BULKFETCH, delay_ms=700))
        delta = await api.start()
        await until(lambda: not api.twin.site.faults.left())
        full = await api.start(mode=FULL)
        assert full.id != delta.id
        for job in (delta, full):
            last = (await api.watched(job))[-1]
            assert last.error.reason == "CONNECTION_NEEDS_CREDENTIALS"


async def test_a_list_of_jobs_has_pages(api: Sync) -> None:
    """The latest first, each once, of all connections or of one."""
    await api.connect("a")
    await api.connect("b")
    await api.connect("other", workspace="wsp_2")
    made = [await api.start("a"), await api.start("b")]
    await api.start("other", workspace="wsp_2")
    seen: list[str] = []
    token = ""
    for _ in range(2):
        page = await api.ask(pb.ListSyncJobsRequest(page_size=1, page_token=token))
        seen += [job.id for job in page.jobs]
        token = page.next_page_token
    assert set(seen) == {job.id for job in made}
    assert token == ""
    [only] = (await api.ask(pb.ListSyncJobsRequest(connection_id="b"))).jobs
    assert only.id == made[1].id


async def test_one_connection_need_not_be_named(api: Sync) -> None:
    """Several have to be; the error lists them; none is NOT_FOUND."""
    async with refused("NOT_FOUND"):
        await api.start()
    await api.connect("red")
    first = await api.start()
    assert first.state == pb.SyncJob.QUEUED
    await api.connect("blue")
    async with refused("CONNECTION_AMBIGUOUS") as seen:
        await api.start()
    assert seen[0].metadata == {"connections": "blue, red"}


async def test_a_watch_ends_with_the_token(api: Sync) -> None:
    """A stream whose token expires ends as UNAUTHENTICATED, not as if the job were done."""
    await api.connect()
    job = await api.start()
    soon = api.caller(exp=int(job.create_time.seconds) - 3)
    call = api.sync.WatchSyncJob(pb.WatchSyncJobRequest(job_id=job.id), metadata=soon, timeout=10)
    async with refused("TOKEN_INVALID") as seen:
        async for shown in call:
            assert shown.state == pb.SyncJob.QUEUED
    assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED


async def test_a_watch_ends_with_the_session(api: Sync) -> None:
    """Whoever signs out while they watch is told so within seconds; another session goes on."""
    await api.connect()
    job = await api.start()
    request = pb.WatchSyncJobRequest(job_id=job.id)
    gone = api.sync.WatchSyncJob(request, metadata=api.caller(sid="ses_gone"), timeout=60)
    stays = api.sync.WatchSyncJob(request, metadata=api.caller(sid="ses_stays"), timeout=60)
    assert (await gone.read()).id == (await stays.read()).id == job.id
    async with redis.connect(SecretStr(api.stores.cache_url), timeout_seconds=5) as cache:
        await tell_revocations(cache, [Revocation("ses_gone", 1, system_clock())])
    async with refused("TOKEN_STALE") as seen:
        await gone.read()
    assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED
    assert not stays.done()
    stays.cancel()


async def test_a_viewer_starts_nothing(api: Sync) -> None:
    """MEMBER is enough to start a sync, VIEWER is not."""
    await api.connect()
    async with refused("ROLE_INSUFFICIENT"):
        await api.ask(pb.StartSyncRequest(), role="VIEWER")
    assert (await api.ask(pb.StartSyncRequest(), role="MEMBER")).id
