"""An edit between the two calls that read an issue loses nothing: the next sync has it whole."""

import asyncio

import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from tests.contract.twin_calls import BULK, CHANGES, few
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import SyncStores, sync_service, until
from tests.rpc.test_sync_living_world import assert_true, synced
from twin.editing import Edit, apply
from twin.faults import Fault

__all__ = ["sync_stores"]

IN_PROGRESS = "3"


async def test_an_edit_between_the_calls_of_one_page_is_stored_with_its_history(
    sync_stores: SyncStores,
) -> None:
    """Whatever call comes second is held up until an issue of the page has been edited."""
    async with sync_service(sync_stores, world=few()) as api:
        world, calls = api.twin.world, api.twin.site.calls.counted
        edited = world.find("CB-167")
        assert edited is not None
        await api.connect()
        async with api.working():
            for path in (BULK, CHANGES):
                api.twin.site.faults.add(Fault(path=path, delay_ms=800, times=3))
            running = asyncio.create_task(synced(api, pb.SyncJob.FULL))
            await until(lambda: any(calls["POST", path, "200"] for path in (BULK, CHANGES)))
            apply(world, edited.id, Edit(status=IN_PROGRESS))
            await running
            api.twin.site.faults.clear()
            await synced(api, pb.SyncJob.DELTA)
            await assert_true(api)


async def test_a_site_whose_clock_is_behind_loses_no_edit(sync_stores: SyncStores) -> None:
    """Twenty minutes, twice the overlap: a DELTA finds what is dated before it was asked for."""
    async with sync_service(sync_stores, world=few()) as api:
        api.twin.site.clock.skew_ms = -20 * 60_000
        await api.connect()
        async with api.working():
            await synced(api, pb.SyncJob.FULL)
            for name in ("CB-167", "CB-168"):
                edited = api.twin.world.find(name)
                assert edited is not None
                now_ms = api.twin.site.clock.now_ms()
                apply(api.twin.world, edited.id, Edit(status=IN_PROGRESS), now_ms=now_ms)
            await synced(api, pb.SyncJob.DELTA)
            await assert_true(api)


@pytest.mark.parametrize(("trouble", "path"), [("withheld", BULK), ("unlogged", CHANGES)])
async def test_what_an_answer_left_out_is_asked_for_again(
    sync_stores: SyncStores, trouble: str, path: str
) -> None:
    """An issue told as an error beside the others is there; a history only grows.

    No sync ends well without the one, or with less of the other, as if it had never been.
    """
    async with sync_service(sync_stores, world=few()) as api:
        world, calls = api.twin.world, api.twin.site.calls.counted
        edited = world.find("CB-167")
        assert edited is not None
        await api.connect()
        async with api.working():
            await synced(api, pb.SyncJob.FULL)
            apply(world, edited.id, Edit(status=IN_PROGRESS))
            setattr(api.twin.site, trouble, {edited.id})
            before = calls["POST", path, "200"]
            running = asyncio.create_task(synced(api, pb.SyncJob.DELTA))
            await until(lambda: calls["POST", path, "200"] > before)
            setattr(api.twin.site, trouble, set())
            await running
            await assert_true(api)
