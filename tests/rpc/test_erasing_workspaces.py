"""What sync and analytics erase when auth asks: a workspace, or a person's credentials in one."""

from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.analytics.v1 import internal_pb2 as analytics_internal_pb2
from jira_analytics.analytics.v1.internal_pb2_grpc import (
    InternalServiceStub as AnalyticsInternalStub,
)
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1 import internal_pb2 as pb
from services.sync.store import remains
from services.sync.store.database import CONNECTIONS
from tests.auth_stand_in import service_token
from tests.edge.minting import Mint
from tests.rpc.analytics_service import Stores, analytics
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync
from tests.rpc.sync_stored import everything, of_workspace
from tests.unit.analytics_histories import issue

__all__ = ["api", "sync_stores"]


def by_auth(mint: Mint) -> Any:
    return (("authorization", f"Bearer {service_token(mint, 'auth')}"),)


async def inner(api: Sync, request: Any) -> Any:
    """Ask as auth does what the request's name says."""
    name = type(request).__name__.removesuffix("Request")
    return await getattr(api.internal, name)(request, metadata=by_auth(api.mint), timeout=20)


async def synced(api: Sync, workspace: str, name: str = "site", **fields: Any) -> str:
    """Connect a site and sync it to the end; gives the connection's id."""
    made = await api.connect(name, workspace, **fields)
    async with api.working():
        jobs = await api.watched(await api.start(made.id, workspace), workspace)
    assert jobs[-1].state == sync_pb2.SyncJob.SUCCEEDED
    return str(made.id)


async def test_of_an_erased_workspace_nothing_is_left(api: Sync) -> None:
    """Issues, jobs, connections and credentials are gone; another workspace's are all there."""
    gone, stays = await synced(api, "wsp_gone"), await synced(api, "wsp_stays")
    await api.connect("second", "wsp_gone")
    before = of_workspace(await everything(api.database), "wsp_stays", stays)
    for _ in range(2):
        await inner(api, pb.EraseWorkspaceRequest(workspace_id="wsp_gone"))
    stored = await everything(api.database)
    # Events on their way into the audit stay: they name nobody.
    assert of_workspace(stored, "wsp_gone", gone).keys() <= {"audit_outbox"}
    assert of_workspace(stored, "wsp_stays", stays) == before


async def test_an_erasure_that_was_broken_off_is_finished(
    api: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken out of sight and not deleted yet is found the next time, however much."""
    monkeypatch.setattr(remains, "AT_ONCE", 300)
    gone = await synced(api, "wsp_gone")
    purges, states = api.database["purges"], api.database["connection_states"]
    await purges.insert_one({"_id": gone, "workspace_id": "wsp_gone"})
    await api.database[CONNECTIONS].delete_one({"_id": gone})
    await states.delete_one({"_id": gone})
    await api.database["connection_names"].delete_one({"_id": "wsp_gone/site"})
    await inner(api, pb.EraseWorkspaceRequest(workspace_id="wsp_gone"))
    assert (await everything(api.database)).keys() <= {"audit_outbox"}


async def test_a_persons_credentials_are_erased_and_nothing_else(api: Sync) -> None:
    """The connection stays, without an address, and waits for another credential."""
    hers = await synced(api, "wsp_1", email="ann@example.com")
    his = await api.connect("his", email="bob@example.com")
    elsewhere = await api.connect("elsewhere", "wsp_2")
    for _ in range(2):
        await inner(api, pb.ErasePersonRequest(workspace_id="wsp_1", email="ANN@example.com"))
    left = await api.ask(connection_pb2.GetConnectionRequest(connection_id=hers))
    assert (left.email, left.state) == ("", connection_pb2.Connection.NEEDS_CREDENTIALS)
    kept = await api.database[CONNECTIONS].find_one({"_id": hers})
    assert kept is not None
    assert kept["sealed"] == b""
    assert await api.database["issues"].count_documents({"connection_id": hers}) > 0
    shown = await api.ask(connection_pb2.GetConnectionRequest(connection_id=his.id))
    assert shown == his
    other = connection_pb2.GetConnectionRequest(connection_id=elsewhere.id)
    assert await api.ask(other, "wsp_2") == elsewhere
    async with refused("CONNECTION_NEEDS_CREDENTIALS"):
        await api.start(hers)


async def test_such_a_connection_takes_another_credential(api: Sync) -> None:
    """With an address; it is synced again as if nothing had been."""
    made = await api.connect()
    await inner(api, pb.ErasePersonRequest(workspace_id="wsp_1", email=made.email))
    token = api.twin.site.token
    async with refused("INVALID_FIELD") as seen:
        await api.ask(
            connection_pb2.UpdateConnectionRequest(connection_id=made.id, api_token=token)
        )
    assert seen[0].metadata == {"field": "email"}
    offered = connection_pb2.UpdateConnectionRequest(
        connection_id=made.id, email="bob@example.com", api_token=token
    )
    assert (await api.ask(offered)).email == "bob@example.com"
    async with api.working():
        jobs = await api.watched(await api.start(made.id))
    assert jobs[-1].state == sync_pb2.SyncJob.SUCCEEDED


async def test_a_run_with_the_erased_credential_ends(api: Sync) -> None:
    """A job that waits or runs fails, and the worker that has it can write nothing any more."""
    made = await api.connect()
    job = await api.start(made.id)
    await inner(api, pb.ErasePersonRequest(workspace_id="wsp_1", email=made.email))
    ended = await api.ask(sync_pb2.GetSyncJobRequest(job_id=job.id))
    assert ended.state == sync_pb2.SyncJob.FAILED
    async with api.working():
        assert (await api.ask(sync_pb2.GetSyncJobRequest(job_id=job.id))) == ended
    assert await api.database["issues"].count_documents({}) == 0


async def test_a_persons_connections_are_found_where_they_are(api: Sync) -> None:
    """In the workspaces that are named, in whatever letter case, and with no secret."""
    made = await api.connect(email="Ann@Example.com")
    await api.connect("his", email="bob@example.com")
    await api.connect("there", "wsp_2")
    asked = pb.ListPersonConnectionsRequest(workspace_ids=["wsp_1"], email="ann@example.com")
    found = (await inner(api, asked)).connections
    assert [(one.workspace_id, one.connection_id, one.name) for one in found] == [
        ("wsp_1", made.id, "site")
    ]
    assert (found[0].site_url, found[0].email) == (api.twin.origin, "Ann@Example.com")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.EraseWorkspaceRequest(), "workspace_id"),
        (pb.EraseWorkspaceRequest(workspace_id="w" * 65), "workspace_id"),
        (pb.ErasePersonRequest(workspace_id="wsp_1"), "email"),
        (pb.ErasePersonRequest(email="a@example.com"), "workspace_id"),
        (pb.ListPersonConnectionsRequest(email="a@example.com"), "workspace_ids"),
        (pb.ListPersonConnectionsRequest(workspace_ids=[""], email="a@b.c"), "workspace_ids"),
    ],
)
async def test_what_is_missing_is_named(api: Sync, request_: Any, field: str) -> None:
    async with refused("INVALID_FIELD") as seen:
        await inner(api, request_)
    assert seen[0].metadata == {"field": field}


@pytest.mark.parametrize("role", ["VIEWER", "OWNER"])
async def test_no_member_may_erase(api: Sync, role: str) -> None:
    """Whatever their role: what auth asks is for services alone."""
    made = await api.connect()
    for request in (
        pb.EraseWorkspaceRequest(workspace_id="wsp_1"),
        pb.ErasePersonRequest(workspace_id="wsp_1", email=made.email),
        pb.ListPersonConnectionsRequest(workspace_ids=["wsp_1"], email=made.email),
    ):
        name = type(request).__name__.removesuffix("Request")
        async with refused("TOKEN_INVALID"):
            await getattr(api.internal, name)(request, metadata=api.caller(role=role), timeout=10)
    assert await api.ask(connection_pb2.GetConnectionRequest(connection_id=made.id)) == made


async def test_analytics_forgets_a_workspace(
    mongo_url: str, cache_url: str, mongo_database: str
) -> None:
    """Its answers are gone from Redis, and from this and another process; others' are not."""
    stores = Stores(mongo_url, cache_url, mongo_database, lambda: 1_700_000_000_000)
    async with (
        analytics(stores) as first,
        analytics(stores) as second,
        Redis.from_url(cache_url) as cache,
    ):
        for workspace in ("wsp_gone", "wsp_stays"):
            await first.connect(f"con_{workspace}", workspace)
            await first.write([issue()], f"con_{workspace}")
            for service in (first, second):
                await service.stub.GetWorkload(
                    analytics_pb2.GetWorkloadRequest(), metadata=service.caller(workspace)
                )
        assert await cached(cache, "wsp_gone") == 1
        await first.client[mongo_database]["issues"].delete_many({"workspace_id": "wsp_gone"})
        await first.client[mongo_database]["connection_states"].delete_many(
            {"workspace_id": "wsp_gone"}
        )
        inner = AnalyticsInternalStub(first.channel)
        request = analytics_internal_pb2.EraseWorkspaceRequest(workspace_id="wsp_gone")
        for _ in range(2):
            await inner.EraseWorkspace(request, metadata=by_auth(first.mint))
        assert await cached(cache, "wsp_gone") == 0
        assert await cached(cache, "wsp_stays") == 1
        async with refused("NOT_FOUND"):
            await first.stub.GetWorkload(
                analytics_pb2.GetWorkloadRequest(), metadata=first.caller("wsp_gone")
            )
        await first.stub.GetWorkload(
            analytics_pb2.GetWorkloadRequest(), metadata=first.caller("wsp_stays")
        )


async def cached(cache: Redis, workspace: str) -> int:
    return len([key async for key in cache.scan_iter(match=f"answer:*:{workspace}:*")])


@pytest.mark.parametrize("workspace_id", ["", "*", "wsp_1:*", "wsp_?", "[a-z]", "w" * 65])
async def test_no_pattern_is_a_workspace(
    mongo_url: str, cache_url: str, mongo_database: str, workspace_id: str
) -> None:
    """What Redis would read as many workspaces is refused."""
    stores = Stores(mongo_url, cache_url, mongo_database, lambda: 1_700_000_000_000)
    async with analytics(stores) as service:
        request = analytics_internal_pb2.EraseWorkspaceRequest(workspace_id=workspace_id)
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await AnalyticsInternalStub(service.channel).EraseWorkspace(
                request, metadata=by_auth(service.mint)
            )
    assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
