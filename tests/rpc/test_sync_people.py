"""People who are called something else: shown so within a day, without any issue that changed."""

from typing import Any

from jira_analytics.analytics.v1 import analytics_pb2 as analytics_pb
from jira_analytics.sync.v1 import connection_pb2 as pb_of_connections
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.documents import CONNECTION_STATES, ISSUES, SITE_ACCOUNTS
from services.sync.store.database import CONNECTIONS
from tests.rpc.sync_and_analytics import Product, running_product
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import SyncStores
from twin.life.founding import Founding, found
from twin.wire import account_id

__all__ = ["sync_stores"]


async def people(product: Product) -> dict[str, Any]:
    """Ask who holds work, by account id."""
    ask, caller = analytics_pb.GetWorkloadRequest(), product.analytics.caller()
    answer = await product.analytics.stub.GetWorkload(ask, metadata=caller, timeout=20)
    return {person.account_id: person for person in answer.people}


async def synced(product: Product, mode: Any) -> None:
    last = (await product.sync.watched(await product.sync.start(mode=mode)))[-1]
    assert last.state == pb.SyncJob.SUCCEEDED, last


async def latest_issue(product: Product) -> int:
    """Tell when an issue was last written."""
    found = await product.sync.database[ISSUES].find_one({}, sort=[("seq", -1)])
    assert found is not None
    return int(found["seq"])


async def test_people_are_shown_as_they_are_called_now(sync_stores: SyncStores) -> None:
    """Renamed, or no longer active: within a day, in every answer, though no issue is written."""
    world = found(Founding(issues=120, projects=2), seed=3)
    async with running_product(sync_stores, world) as product:
        await product.sync.connect()
        async with product.sync.working():
            await synced(product, pb.SyncJob.FULL)
            assert not any(one.HasField("active") for one in (await people(product)).values())
            await a_day_later(product)
            before, written = await people(product), await latest_issue(product)
            assert all(person.active for person in before.values())
            catalogue = world.catalogue
            of = {account_id(name): name for name in catalogue.users}
            [renamed, gone, *_] = before
            catalogue.names[of[renamed]] = "Quite Another"
            catalogue.users[of[gone]] = {**catalogue.users[of[gone]], "active": False}
            await synced(product, pb.SyncJob.DELTA)
            assert await people(product) == before, "asked for once a day"
            await a_day_later(product)
            after = await people(product)
            assert await latest_issue(product) == written
            await a_quiet_day_changes_nothing(product)
        assert after[renamed].display_name == "Quite Another"
        assert after[renamed].wip == before[renamed].wip
        assert after[gone].display_name == before[gone].display_name
        assert [one.account_id for one in after.values() if not one.active] == [gone]


async def test_of_people_little_is_stored_and_erased_with_their_connection(
    sync_stores: SyncStores,
) -> None:
    """Account, name, and whether active, under the workspace's id; no address."""
    async with running_product(sync_stores, found(Founding(issues=30), seed=3)) as product:
        sync = product.sync
        made = await sync.connect()
        async with sync.working():
            await synced(product, pb.SyncJob.FULL)
        stored = await sync.database[SITE_ACCOUNTS].find({}).to_list()
        own = {"_id", "seq", "workspace_id", "connection_id"}
        assert {frozenset(one) - own for one in stored} == {
            frozenset({"account_id", "display_name", "active"})
        }
        assert {one["workspace_id"] for one in stored} == {"wsp_1"}
        asked = pb_of_connections.DeleteConnectionRequest(connection_id=made.id)
        await sync.connections.DeleteConnection(asked, metadata=sync.caller())
        assert await sync.database[SITE_ACCOUNTS].count_documents({}) == 0


async def a_day_later(product: Product) -> None:
    """Let the last look at people be a day ago, and sync."""
    await product.sync.database[CONNECTIONS].update_many({}, {"$set": {"roll.read": 1}})
    await synced(product, pb.SyncJob.DELTA)


async def a_quiet_day_changes_nothing(product: Product) -> None:
    """Answers that are kept stay good where nobody is called otherwise."""
    state = await product.sync.database[CONNECTION_STATES].find_one({})
    await a_day_later(product)
    now = await product.sync.database[CONNECTION_STATES].find_one({})
    assert state is not None
    assert now is not None
    assert now["revision"] == state["revision"]


async def test_a_connection_of_before_accounts_were_kept_is_looked_through_once(
    sync_stores: SyncStores,
) -> None:
    """By its next sync of whatever kind; nothing of it is read from the site again."""
    world = found(Founding(issues=60, projects=2), seed=4)
    async with running_product(sync_stores, world) as product:
        await product.sync.connect()
        async with product.sync.working():
            await synced(product, pb.SyncJob.FULL)
            known = await product.sync.database[SITE_ACCOUNTS].count_documents({})
            await product.sync.database[SITE_ACCOUNTS].delete_many({})
            await product.sync.database[CONNECTIONS].update_many({}, {"$unset": {"roll": 1}})
            await synced(product, pb.SyncJob.DELTA)
            assert await product.sync.database[SITE_ACCOUNTS].count_documents({}) == known > 0
