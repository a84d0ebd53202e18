"""DELTAs that are due: by tier and activity, once whoever looks, whatever dies or is away."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from redis.asyncio import Redis

from jira_analytics.auth.v1 import internal_pb2 as auth_pb
from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.sync.v1 import internal_pb2 as internal_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.clock import system_clock
from services.kernel.errors import ServiceUnavailable
from services.kernel.ids import ConnectionId, Instant, JobId, TenantScope, WorkspaceId
from services.kernel.membership import Tier
from services.kernel.sync_job import Mode
from services.sync.domain.lanes import Lane
from services.sync.domain.schedule import DAY_MILLISECONDS, MINUTE_MILLISECONDS, Activity
from services.sync.learning import Learning
from services.sync.scheduling import Scheduling
from services.sync.store.activity import ActivityStore
from services.sync.store.database import CONNECTIONS
from services.sync.store.jobs import JobStore
from services.sync.store.schedules import ScheduleStore
from tests.auth_stand_in import service_token
from tests.contract.twin_calls import few
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service

__all__ = ["sync_stores"]
MINUTE, DAY = MINUTE_MILLISECONDS, DAY_MILLISECONDS
WORKSPACE = WorkspaceId("wsp_1")


class Queue:
    """Hears what is put."""

    def __init__(self) -> None:
        self.put_in: list[tuple[ConnectionId, Lane]] = []
        self.whose = set[WorkspaceId]()
        self.away = False

    async def put(self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId) -> None:
        """Hear of a connection."""
        if self.away:
            raise ConnectionError("the queue is away")
        self.put_in.append((connection_id, lane))
        self.whose.add(workspace_id)


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def synced(api: Sync) -> Any:
    """Connect a site and sync it to the end."""
    made = await api.connect()
    async with api.working():
        assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.SUCCEEDED
    # A census a day is another matter.
    await api.database[CONNECTIONS].update_one({}, {"$set": {"census_due": 10**15}})
    return made


async def due(api: Sync) -> Instant:
    found = await api.database[CONNECTIONS].find_one({})
    assert found is not None
    return int(found["delta_due"])


async def idle(api: Sync) -> None:
    """Let a connection have no job."""
    await api.database[CONNECTIONS].update_many({}, {"$set": {"active_job": None}})


def looking(api: Sync, now: Instant) -> tuple[Scheduling, Queue]:
    """Give a worker's look at an instant."""
    queue = Queue()
    return Scheduling(ScheduleStore(api.database), queue, lambda: now), queue


async def told(api: Sync, tier: Tier, active: Instant, *, now: Instant) -> None:
    """Let it be known how a workspace stands."""
    await ActivityStore(api.database).learn([Activity(WORKSPACE, tier, active)], now)


async def test_a_free_connection_is_due_within_the_hour(api: Sync) -> None:
    """After its first FULL; not before; then once, though four workers look."""
    made = await synced(api)
    at = await due(api)
    assert 50 * MINUTE < at - system_clock() <= 60 * MINUTE
    early, heard = looking(api, at - 1)
    await early.look()
    assert heard.put_in == []
    workers = [looking(api, at) for _ in range(4)]
    await asyncio.gather(*(worker.look() for worker, _ in workers))
    put_in = [heard.put_in for _, heard in workers if heard.put_in]
    assert put_in == [[(made.id, Lane.DELTA)]]
    assert set().union(*(heard.whose for _, heard in workers)) == {WORKSPACE}, "they take turns"
    # A worker that looked before, and starts it only now.
    late = ScheduleStore(api.database).start(
        Mode.DELTA, ConnectionId(made.id), JobId("job_late"), at
    )
    assert not await late
    jobs = (await api.ask(pb.ListSyncJobsRequest())).jobs
    assert [job.mode for job in jobs] == [pb.SyncJob.DELTA, pb.SyncJob.FULL]
    assert 54 * MINUTE <= await due(api) - at <= 60 * MINUTE


@pytest.mark.parametrize(
    ("tier", "period"), [(Tier.PRO, 15 * MINUTE), (Tier.ENTERPRISE, 5 * MINUTE)]
)
async def test_a_better_tier_moves_it_up(api: Sync, tier: Tier, period: int) -> None:
    """As soon as it is known, and from then on."""
    await synced(api)
    now = system_clock()
    await told(api, tier, now, now=now)
    assert await due(api) == now + period
    worker, heard = looking(api, now + period)
    await worker.look()
    assert len(heard.put_in) == 1
    assert 0.9 * period <= await due(api) - now - period <= period


async def test_a_workspace_where_nobody_is(api: Sync) -> None:
    """Once a day; at once when somebody is back, and as often as before from then on."""
    await synced(api)
    later = system_clock() + 9 * DAY
    worker, heard = looking(api, later)
    await told(api, Tier.PRO, later - 8 * DAY, now=later)
    await worker.look()
    assert len(heard.put_in) == 1
    assert 0.9 * DAY <= await due(api) - later <= DAY
    await idle(api)
    await told(api, Tier.PRO, later + MINUTE, now=later + MINUTE)
    again, hears = looking(api, later + MINUTE)
    await again.look()
    assert len(hears.put_in) == 1
    assert await due(api) - later <= 16 * MINUTE


async def test_somebody_who_is_back_after_a_year(api: Sync) -> None:
    """By then it is forgotten that they were there: at once all the same, of what is as old."""
    await synced(api)
    later = system_clock() + 400 * DAY
    await api.database[CONNECTIONS].update_one({}, {"$set": {"delta_due": later + DAY}})
    await told(api, Tier.PRO, later, now=later)
    assert await due(api) == later


async def test_a_connection_without_a_credential_is_left_alone(api: Sync) -> None:
    """It is not asked for, and looked at again a period later."""
    await synced(api)
    at = await due(api)
    refused = {"$set": {"standing": "NEEDS_CREDENTIALS"}}
    await api.database["connection_states"].update_one({}, refused)
    worker, heard = looking(api, at)
    await worker.look()
    assert heard.put_in == []
    assert await due(api) > at


async def test_a_worker_that_dies_before_the_queue_knows(api: Sync) -> None:
    """Its job is there, is not started again by others, and is found by the look for such."""
    made = await synced(api)
    at = await due(api)
    worker, heard = looking(api, at)
    heard.away = True
    with pytest.raises(ConnectionError):
        await worker.look()
    other, hears = looking(api, at + 2 * DAY)
    await other.look()
    assert hears.put_in == []
    found = await JobStore(api.database).forsaken(queued_before=at + 1, touched_before=0)
    assert found == [TenantScope(WORKSPACE, made.id)]


async def test_auth_tells_and_may_be_away(api: Sync) -> None:
    """What it told stays; what it tells later than something known is taken, and no older."""
    asked: list[Instant] = []
    answers: list[Any] = []

    async def ask(since: Instant) -> Any:
        asked.append(since)
        answer = answers.pop(0) if answers else []
        if isinstance(answer, Exception):
            raise answer
        return answer

    weighed: list[Mapping[WorkspaceId, int]] = []

    async def weigh(weights: Mapping[WorkspaceId, int]) -> None:
        weighed.append(weights)

    now = system_clock()
    learn = Learning(ActivityStore(api.database), weigh, ask, lambda: now)
    kept = api.database["sync_workspaces"]
    answers += [[Activity(WORKSPACE, Tier.PRO, now - 10)], []]
    await learn()
    assert weighed == [{WORKSPACE: 2}]
    answers += [ServiceUnavailable()]
    await learn()
    answers += [[Activity(WORKSPACE, Tier.FREE, now - 20)], []]
    await learn()
    [document] = await kept.find({}).to_list()
    assert (document["tier"], document["active"]) == ("pro", now - 10)
    assert asked[0] <= now - 7 * DAY
    assert asked[2] == now - 10 - MINUTE, "from what was told last, with an overlap"


async def test_a_real_worker_learns_and_polls(api: Sync) -> None:
    """What auth says is kept, and what is due is collected, without being asked."""
    await synced(api)
    row = auth_pb.ListActiveWorkspacesResponse.ActiveWorkspace(
        workspace_id=WORKSPACE, tier=workspace_pb2.Workspace.ENTERPRISE
    )
    row.active_time.FromMilliseconds(system_clock())
    api.auth.active.append(row)
    await api.database[CONNECTIONS].update_one({}, {"$set": {"delta_due": 1}})
    async with api.working():
        jobs: list[pb.SyncJob] = []
        while len(jobs) < 2:
            jobs = list((await api.ask(pb.ListSyncJobsRequest())).jobs)
            await asyncio.sleep(0.05)
        assert (await api.watched(jobs[0]))[-1].state == pb.SyncJob.SUCCEEDED
    assert jobs[0].mode == pb.SyncJob.DELTA
    assert await due(api) - system_clock() <= 5 * MINUTE
    async with Redis.from_url(api.stores.queue_url) as queue:
        assert await queue.get(f"bull:sync:step:{WORKSPACE}") == b"1", "of four: its weight is four"


async def test_what_is_known_goes_with_its_workspace(api: Sync) -> None:
    now = system_clock()
    await told(api, Tier.PRO, now, now=now)
    shown = (("authorization", f"Bearer {service_token(api.mint, 'auth')}"),)
    request = internal_pb.EraseWorkspaceRequest(workspace_id=WORKSPACE)
    await api.internal.EraseWorkspace(request, metadata=shown, timeout=20)
    assert await api.database["sync_workspaces"].count_documents({}) == 0
