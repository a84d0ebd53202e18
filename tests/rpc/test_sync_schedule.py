"""What the product does by itself once a day: censuses, and first syncs that ended badly."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId, Instant, WorkspaceId
from services.sync.domain.lanes import Lane
from services.sync.domain.schedule import DAY_MILLISECONDS, a_day_later
from services.sync.queue import job_queue
from services.sync.scheduling import Scheduling
from services.sync.store.database import CONNECTIONS
from services.sync.store.schedules import ScheduleStore
from tests.contract.twin_calls import few, signed_in
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from twin.faults import Fault

__all__ = ["sync_stores"]
DAY = DAY_MILLISECONDS


class Queue:
    """Hears what is put."""

    def __init__(self) -> None:
        self.put_in: list[ConnectionId] = []

    async def put(self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId) -> None:
        """Hear of a connection, and whose it is: workspaces take turns."""
        assert (lane, workspace_id) == (Lane.BACKFILL, "wsp_1")
        self.put_in.append(connection_id)


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def synced(api: Sync) -> Any:
    """Connect a site and sync it to the end."""
    made = await api.connect()
    async with api.working():
        assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.SUCCEEDED
    # What changed is asked for far more often: that is another matter.
    await api.database[CONNECTIONS].update_one({}, {"$set": {"delta_due": 10**15}})
    return made


async def own(api: Sync) -> Any:
    found = await api.database[CONNECTIONS].find_one({})
    assert found is not None
    return found


def looking(api: Sync, now: Instant) -> tuple[Scheduling, Queue]:
    """Give a worker's look at an instant."""
    queue = Queue()
    return Scheduling(ScheduleStore(api.database), queue, lambda: now), queue


async def assert_digested(api: Sync) -> None:
    """Say that the week's digest was a part of it, and found all that the site counts."""
    there = list(api.twin.world.issues())
    for project in (await api.ask(pb.GetCompletenessRequest())).projects:
        own_issues = [one for one in there if one.fields["project"]["key"] == project.key]
        assert project.estimated_issue_count == project.issue_count == len(own_issues)
        assert 0 < project.checked_issue_count <= len(own_issues)
        assert 0 < project.checked_changelog_entry_count <= project.changelog_entry_count
        assert (project.differing_issue_count, project.HasField("check_time")) == (0, True)


async def test_a_census_a_day(api: Sync, sync_stores: SyncStores) -> None:
    """Not before; then once, though four workers look; and what was deleted is found by it."""
    made = await synced(api)
    due = (await own(api))["census_due"]
    early, heard = looking(api, due - 1)
    await early.look()
    assert heard.put_in == []
    [gone, *_] = api.twin.world.records
    async with signed_in(api.twin) as jira:
        assert (await jira.post(f"/_twin/issues/{gone}", json={"delete": True})).is_success
    workers = [looking(api, due) for _ in range(4)]
    await asyncio.gather(*(worker.look() for worker, _ in workers))
    assert [heard.put_in for _, heard in workers if heard.put_in] == [[made.id]]
    jobs = (await api.ask(pb.ListSyncJobsRequest())).jobs
    [census] = [job for job in jobs if job.mode == pb.SyncJob.CENSUS]
    async with api.working(), job_queue(sync_stores.queue_url) as queue:
        await queue.put(ConnectionId(made.id), Lane.BACKFILL)
        assert (await api.watched(census))[-1].state == pb.SyncJob.SUCCEEDED
    await assert_digested(api)
    said = await api.ask(pb.GetCompletenessRequest())
    assert said.issue_count == said.expected_issue_count == len(api.twin.world.records)
    assert (await own(api))["census_due"] > due


async def test_no_census_of_what_cannot_be_read(api: Sync) -> None:
    """A connection whose credential is refused is left alone, and looked at again a day later."""
    await synced(api)
    due = (await own(api))["census_due"]
    refused = {"$set": {"standing": "NEEDS_CREDENTIALS"}}
    await api.database["connection_states"].update_one({}, refused)
    worker, heard = looking(api, due)
    await worker.look()
    assert heard.put_in == []
    after = await own(api)
    assert after["active_job"] is None
    assert after["census_due"] > due


async def test_no_census_beside_another_job(api: Sync) -> None:
    """It waits until the connection has nothing to do."""
    await synced(api)
    due = (await own(api))["census_due"]
    job = await api.start()
    worker, heard = looking(api, due)
    await worker.look()
    assert heard.put_in == []
    assert (await own(api))["active_job"] == job.id


async def failed(api: Sync) -> Any:
    """Connect a site whose first FULL ends badly at once, and for good."""
    made = await api.connect()
    api.twin.site.faults.add(Fault(path="/rest/api/3/status", status=404))
    async with api.working():
        assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.FAILED
    return made


async def test_a_first_sync_that_ended_badly_is_tried_again(
    api: Sync, sync_stores: SyncStores
) -> None:
    """A day later, once, though four workers look; and no more once one has succeeded."""
    made = await failed(api)
    due = (await own(api))["full_due"]
    assert 0.9 * DAY <= due - system_clock() <= 1.1 * DAY
    early, heard = looking(api, due - 1)
    await early.look()
    assert heard.put_in == []
    workers = [looking(api, due) for _ in range(4)]
    await asyncio.gather(*(worker.look() for worker, _ in workers))
    assert [heard.put_in for _, heard in workers if heard.put_in] == [[made.id]]
    [again, _] = (await api.ask(pb.ListSyncJobsRequest())).jobs
    async with api.working(), job_queue(sync_stores.queue_url) as queue:
        await queue.put(ConnectionId(made.id), Lane.BACKFILL)
        assert (await api.watched(again))[-1].state == pb.SyncJob.SUCCEEDED
    assert (again.mode, (await own(api))["full_due"]) == (pb.SyncJob.FULL, None)


async def test_what_a_person_ended_does_not_begin_again(api: Sync) -> None:
    await failed(api)
    due = (await own(api))["full_due"]
    await api.ask(pb.CancelSyncJobRequest(job_id=(await api.start()).id))
    worker, heard = looking(api, due)
    await worker.look()
    assert heard.put_in == []


async def test_a_first_sync_that_was_refused_goes_on_with_another_credential(api: Sync) -> None:
    """At once: nobody waits a day who has just signed in again. Before that nothing is asked."""
    made = await api.connect()
    api.twin.site.token = "another-token"
    async with api.working():
        assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.FAILED
    worker, heard = looking(api, system_clock() + 2 * DAY)
    await worker.look()
    assert heard.put_in == []
    await api.ask(
        connections_pb.UpdateConnectionRequest(connection_id="site", api_token="another-token")
    )
    worker, heard = looking(api, system_clock())
    await worker.look()
    assert heard.put_in == [made.id]


def test_censuses_are_spread() -> None:
    """About a day later, and not all of them at once."""
    drawn = [a_day_later(ConnectionId(f"con_{number}"), 0) for number in range(200)]
    assert min(drawn) >= 0.9 * DAY
    assert max(drawn) <= 1.1 * DAY
    assert max(drawn) - min(drawn) > 0.15 * DAY
