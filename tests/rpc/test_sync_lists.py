"""Versions, sprints and workflows: read by the census, though no issue tells of them."""

from typing import Any

from jira_analytics.sync.v1 import connection_pb2
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.ids import ConnectionId
from services.sync.domain.lanes import Lane
from services.sync.queue import job_queue
from services.sync.scheduling import Scheduling
from services.sync.store.database import CONNECTIONS, SITE_LISTS
from services.sync.store.schedules import ScheduleStore
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from twin.faults import Fault
from twin.life.founding import Founding, found
from twin.world import World

__all__ = ["sync_stores"]
Kind = pb.Completeness.SiteList


async def census(
    api: Sync,
    connection_id: str,
    now: int = 10**13,
    *,
    ends: "pb.SyncJob.State.ValueType" = pb.SyncJob.SUCCEEDED,
) -> None:
    """Let a census be due, and worked off; a later one at a later instant."""
    await api.database[CONNECTIONS].update_one({}, {"$set": {"census_due": 1}})
    async with job_queue(api.stores.queue_url) as queue:
        await Scheduling(ScheduleStore(api.database), queue, lambda: now).look()
        await queue.put(ConnectionId(connection_id), Lane.BACKFILL)
        jobs = (await api.ask(pb.ListSyncJobsRequest())).jobs
        job = next(one for one in jobs if one.mode == pb.SyncJob.CENSUS)
        assert (await api.watched(job))[-1].state == ends


async def stored(api: Sync, kind: str) -> dict[str, dict[str, Any]]:
    found = await api.database[SITE_LISTS].find_one({"kind": kind})
    return {row["id"]: row for row in (found or {}).get("rows", ())}


async def told(api: Sync) -> dict[int, tuple[int, bool]]:
    said = await api.ask(pb.GetCompletenessRequest())
    assert all(one.HasField("read_time") for one in said.lists)
    return {one.kind: (one.count, one.whole) for one in said.lists}


def release(world: World) -> None:
    """Give the first project two versions."""
    [project, *_] = world.projects()
    world.catalogue.versions[project.id] = [
        {
            "id": "10",
            "name": "1.0",
            "released": True,
            "archived": False,
            "releaseDate": "2026-01-31",
        },
        {"id": "11", "name": "1.1", "released": False, "archived": False},
    ]


async def test_what_no_issue_tells_of_is_read_by_the_census(sync_stores: SyncStores) -> None:
    """As it is now, and again when it is another; GetCompleteness says how much, and since when."""
    world = found(Founding(issues=80, projects=2), seed=6)
    release(world)
    async with sync_service(sync_stores, world=world) as api:
        made = await api.connect()
        async with api.working():
            assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.SUCCEEDED
            assert await told(api) == {}
            await census(api, made.id)
            sprints = world.agile.sprints
            assert await told(api) == {
                Kind.VERSIONS: (2, True),
                Kind.SPRINTS: (len(sprints), True),
                Kind.WORKFLOWS: (len(list(world.projects())), True),
            }
            assert (await stored(api, "VERSIONS"))["10"]["release_day"] == "2026-01-31"
            [one, *_] = sprints.values()
            one.name = "Quite Another"
            await census(api, made.id, 10**13 + 1)
        assert (await stored(api, "SPRINTS"))[str(one.id)]["name"] == "Quite Another"
        asked = connection_pb2.DeleteConnectionRequest(connection_id=made.id)
        await api.connections.DeleteConnection(asked, metadata=api.caller())
        assert await api.database[SITE_LISTS].count_documents({}) == 0


async def test_what_is_not_shown_fails_no_sync(sync_stores: SyncStores) -> None:
    """Forbidden, broken or refused: what was known stays, and is said to be as old as it is."""
    world = found(Founding(issues=40, projects=1), seed=6)
    release(world)
    async with sync_service(sync_stores, world=world) as api:
        made = await api.connect()
        async with api.working():
            assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.SUCCEEDED
            api.twin.site.faults.add(
                Fault(status=403, path="/rest/api/3/workflows/search", times=9)
            )
            api.twin.site.faults.add(Fault(status=401, path="/rest/agile/1.0/board", times=9))
            await census(api, made.id)
            assert await told(api) == {Kind.VERSIONS: (2, True)}


async def test_a_token_that_ends_while_lists_are_read_is_not_tried_on(
    sync_stores: SyncStores,
) -> None:
    """What may be only a right that is missing is told from that by one call; then all stops."""
    world = found(Founding(issues=80, projects=4), seed=6)
    async with sync_service(sync_stores, world=world) as api:
        made = await api.connect()
        async with api.working():
            assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.SUCCEEDED
            ended = ("project/{projectIdOrKey}/version", "workflows/search", "myself")
            for path in (*(f"/rest/api/3/{one}" for one in ended), "/rest/agile/1.0/board"):
                api.twin.site.faults.add(Fault(status=401, path=path, times=1000))
            await census(api, made.id, ends=pb.SyncJob.FAILED)
        refused = [key for key in api.twin.site.calls.counted.elements() if key[2] == "401"]
        assert len(refused) == 2, refused
        asked = connection_pb2.GetConnectionRequest(connection_id=made.id)
        now = await api.ask(asked)
        assert now.state == connection_pb2.Connection.NEEDS_CREDENTIALS
