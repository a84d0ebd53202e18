"""API tokens with scopes: taken behind Atlassian's gateway alone, and for what they cover."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.documents import ISSUES
from services.sync.store.database import CONNECTIONS
from tests.contract.twin_calls import few
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from tests.stores import free_port
from twin.gateway import CLOUD_ID, PEOPLE, WORK, Gateway, gateway

__all__ = ["sync_stores"]


@asynccontextmanager
async def behind(stores: SyncStores) -> AsyncIterator[tuple[Sync, Gateway]]:
    """Run the API beside a site that is behind the gateway."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/ex/jira/{CLOUD_ID}"
    async with (
        sync_service(stores, world=few(), other_sites=(address, f"{address[:-3]}987")) as api,
        gateway(api.twin, port=port) as there,
    ):
        yield api, there


async def test_a_site_behind_the_gateway_is_collected_whole(sync_stores: SyncStores) -> None:
    """With the two scopes that it takes; what others would show is not shown, and stops nothing."""
    async with behind(sync_stores) as (api, there):
        made = await api.connect(site_url=f"{there.address}/", api_token=there.token)
        assert made.site_url == there.address
        async with api.working():
            for mode in (pb.SyncJob.FULL, pb.SyncJob.DELTA):
                job = (await api.watched(await api.start(mode=mode)))[-1]
                assert job.state == pb.SyncJob.SUCCEEDED
        stored = await api.database[ISSUES].count_documents({})
        shown = await api.ask(connections_pb.GetConnectionRequest(connection_id="site"))
    assert stored == len(list(api.twin.world.issues()))
    assert shown.state == connections_pb.Connection.ACTIVE


@pytest.mark.parametrize("lacking", [WORK, PEOPLE])
async def test_what_a_token_lacks_is_told_before_it_is_kept(
    sync_stores: SyncStores, lacking: str
) -> None:
    """A token that could not collect is not taken, and the scopes it needs are named."""
    async with behind(sync_stores) as (api, there):
        there.scopes.discard(lacking)
        async with refused("SITE_CREDENTIALS_REFUSED") as seen:
            await api.connect(site_url=there.address, api_token=there.token)
        assert await api.database[CONNECTIONS].count_documents({}) == 0
    assert lacking in seen[0].everything


async def test_a_site_refuses_such_a_token_and_where_to_go_is_told(sync_stores: SyncStores) -> None:
    """At the site's own address it is a wrong token: the refusal says where it is none."""
    async with behind(sync_stores) as (api, there):
        async with refused("SITE_CREDENTIALS_REFUSED") as seen:
            await api.connect(api_token=there.token)
        assert "https://api.atlassian.com/ex/jira/CLOUD_ID" in seen[0].everything
        async with refused("SITE_CREDENTIALS_REFUSED") as seen:
            await api.connect(site_url=there.address, api_token="wrong")
    assert "ex/jira" not in seen[0].everything


async def test_a_cloud_id_of_nobody_is_no_site(sync_stores: SyncStores) -> None:
    """Where the gateway knows of no site, none is connected."""
    async with behind(sync_stores) as (api, there):
        elsewhere = there.address[: -len("789")] + "987"
        async with refused("SITE_NOT_JIRA"):
            await api.connect(site_url=elsewhere, api_token=there.token)
