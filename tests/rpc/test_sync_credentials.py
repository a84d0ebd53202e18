"""Another credential that comes while a sync runs with the former one."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from tests.contract.twin_calls import BULK, few
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service, until
from twin.faults import Fault

__all__ = ["sync_stores"]


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def test_a_credential_given_in_time_is_not_taken_for_the_refused_one(api: Sync) -> None:
    """The token is revoked under a running sync, and updated before the sync hears of it.

    What the site refuses then is the former credential: the sync begins again with the good one.
    """
    await api.connect()
    api.twin.site.faults.add(Fault(path=BULK, delay_ms=1000))
    async with api.working():
        job = await api.start()
        await until(lambda: not api.twin.site.faults.left())
        api.twin.site.token = "another-token"
        await api.ask(
            connections_pb.UpdateConnectionRequest(connection_id="site", api_token="another-token")
        )
        assert (await api.watched(job))[-1].state == pb.SyncJob.SUCCEEDED
        shown = await api.ask(connections_pb.GetConnectionRequest(connection_id="site"))
    assert shown.state == connections_pb.Connection.ACTIVE


async def test_a_credential_given_while_a_first_sync_ends_leaves_it_active(api: Sync) -> None:
    """A connection whose FULL has succeeded is ACTIVE, whatever came between."""
    await api.connect()
    async with api.working():
        job = await api.start()
        api.twin.site.faults.add(Fault(path="/rest/api/3/myself", delay_ms=2500))
        update = connections_pb.UpdateConnectionRequest(
            connection_id="site", api_token=api.twin.site.token
        )
        await api.ask(update)
        assert (await api.watched(job))[-1].state == pb.SyncJob.SUCCEEDED
    shown = await api.ask(connections_pb.GetConnectionRequest(connection_id="site"))
    assert shown.state == connections_pb.Connection.ACTIVE


@pytest.mark.parametrize("mode", [pb.SyncJob.DELTA, pb.SyncJob.FULL])
async def test_an_expired_token_is_not_taken_for_a_site_without_news(
    api: Sync, mode: "pb.SyncJob.Mode.ValueType"
) -> None:
    """Jira answers a search with an expired token as nobody's: 200, and no issue in it.

    Who believed that would say to be complete until now, for as long as nobody looks.
    """
    made = await api.connect()
    async with api.working():
        assert (await api.watched(await api.start()))[-1].state == pb.SyncJob.SUCCEEDED
        before = await api.ask(pb.GetCompletenessRequest())
        api.twin.site.token, api.twin.site.lenient = "another-token", True
        job = (await api.watched(await api.start(mode=mode)))[-1]
    assert (job.state, job.error.reason) == (pb.SyncJob.FAILED, "CONNECTION_NEEDS_CREDENTIALS")
    shown = await api.ask(connections_pb.GetConnectionRequest(connection_id=made.id))
    assert shown.state == connections_pb.Connection.NEEDS_CREDENTIALS
    assert await api.ask(pb.GetCompletenessRequest()) == before
