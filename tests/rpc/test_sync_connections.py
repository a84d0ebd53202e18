"""Connections over the wire: made, told apart when they cannot be, changed, deleted."""

import asyncio
from collections import Counter

import grpc
import pytest
from aiohttp import web

from jira_analytics.sync.v1 import connection_pb2 as pb
from services.sync.store.database import CONNECTION_NAMES, CONNECTIONS
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service, until
from tests.stores import free_port
from twin.faults import Fault

__all__ = ["api", "sync_stores"]


async def other_site() -> tuple[web.AppRunner, str]:
    """Serve something that is no Jira; everything gets the same answer."""

    async def anything(_request: web.Request) -> web.Response:
        return web.Response(text="<html>hello</html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", anything)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, "http://{}:{}".format(*runner.addresses[0])


async def test_a_connection_is_made_and_shown(api: Sync) -> None:
    """It is found by id and by name, shows all but its token, and begins as NEW."""
    made = await api.connect("site", scope=pb.Scope(projects=["cb", "CLIMATE"]))
    assert made.id.startswith("con_")
    assert made.state == pb.Connection.NEW
    assert made.source == pb.Connection.JIRA_CLOUD
    assert (made.site_url, made.email) == (api.twin.origin, "ann@example.com")
    assert list(made.scope.projects) == ["CB", "CLIMATE"]
    assert made.create_time.seconds > 0
    assert not made.HasField("last_sync_time")
    assert await api.ask(pb.GetConnectionRequest(connection_id=made.id)) == made
    assert await api.ask(pb.GetConnectionRequest(connection_id="site")) == made
    assert api.twin.site.token not in str(made)


async def test_the_token_is_stored_encrypted(api: Sync) -> None:
    """The database holds no token that could be read."""
    await api.connect()
    document = await api.database[CONNECTIONS].find_one({})
    assert document is not None
    assert api.twin.site.token not in str(document)


async def test_a_wrong_credential_is_told(api: Sync) -> None:
    """The site answers and refuses: nothing is kept."""
    async with refused("SITE_CREDENTIALS_REFUSED") as seen:
        await api.connect(api_token="wrong")
    assert seen[0].code is grpc.StatusCode.FAILED_PRECONDITION
    assert "wrong" not in seen[0].everything
    assert await api.database[CONNECTIONS].count_documents({}) == 0


async def test_an_address_that_may_not_be_called_is_told(api: Sync) -> None:
    """An address that is neither Jira Cloud's nor registered is refused without a call."""
    before = dict(api.twin.site.calls.counted)
    port = api.twin.origin.rpartition(":")[2]
    for address in (f"http://localhost:{port}", "https://example.com", "http://169.254.169.254"):
        async with refused("SITE_NOT_ALLOWED") as seen:
            await api.connect(site_url=address)
        assert seen[0].code is grpc.StatusCode.INVALID_ARGUMENT
        assert seen[0].metadata == {"field": "site_url"}
    assert dict(api.twin.site.calls.counted) == before


async def test_something_that_is_no_jira_and_something_that_is_not_there(
    sync_stores: SyncStores,
) -> None:
    """A web site that is no Jira is told apart from a site that does not answer."""
    runner, origin = await other_site()
    nothing = f"http://127.0.0.1:{free_port()}"
    try:
        async with sync_service(sync_stores, other_sites=(origin, nothing)) as api:
            async with refused("SITE_NOT_JIRA") as seen:
                await api.connect(site_url=origin)
            assert seen[0].code is grpc.StatusCode.FAILED_PRECONDITION
            async with refused("SITE_UNREACHABLE") as seen:
                await api.connect(site_url=nothing)
            assert seen[0].code is grpc.StatusCode.UNAVAILABLE
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_site_that_is_down_is_told(api: Sync, status: int) -> None:
    """What Jira says when it is limited or down is a matter of time, and says so."""
    api.twin.site.faults.add(Fault(status=status, path="/rest/api/3/serverInfo"))
    async with refused("SITE_UNREACHABLE") as seen:
        await api.connect()
    assert seen[0].code is grpc.StatusCode.UNAVAILABLE


async def test_a_name_is_taken_once(api: Sync) -> None:
    """Ten at once: one is made, nine are told; another workspace may have the name as well."""

    async def attempt() -> str:
        try:
            return str((await api.connect("twice")).name)
        except grpc.aio.AioRpcError as error:
            return str(error.code())

    answers = Counter(await asyncio.gather(*(attempt() for _ in range(10))))
    assert answers == {"twice": 1, "StatusCode.ALREADY_EXISTS": 9}
    async with refused("CONNECTION_NAME_TAKEN"):
        await api.connect("twice")
    assert (await api.connect("twice", workspace="wsp_2")).name == "twice"
    assert await api.database[CONNECTIONS].count_documents({}) == 2


async def test_a_list_has_pages(api: Sync) -> None:
    """Pages are by name, and hold each connection once; the last has no token."""
    names = ["a", "b", "c", "d", "e"]
    for name in reversed(names):
        await api.connect(name)
    await api.connect("other", workspace="wsp_2")
    seen: list[list[str]] = []
    token = ""
    for _ in range(3):
        page = await api.ask(pb.ListConnectionsRequest(page_size=2, page_token=token))
        seen.append([connection.name for connection in page.connections])
        token = page.next_page_token
    assert seen == [["a", "b"], ["c", "d"], ["e"]]
    assert token == ""
    async with refused("INVALID_FIELD") as refusals:
        await api.ask(pb.ListConnectionsRequest(page_token="no token"))
    assert refusals[0].metadata == {"field": "page_token"}


async def test_a_refused_update_changes_nothing(api: Sync) -> None:
    """A credential the site refuses, or a name that is taken, leaves all as it was."""
    made = await api.connect("one")
    await api.connect("two")
    before = await api.database[CONNECTIONS].find_one({"_id": made.id})
    update = pb.UpdateConnectionRequest(connection_id="one", name="new", api_token="wrong")
    async with refused("SITE_CREDENTIALS_REFUSED"):
        await api.ask(update)
    update = pb.UpdateConnectionRequest(
        connection_id="one", name="two", email="bob@example.com", api_token=api.twin.site.token
    )
    async with refused("CONNECTION_NAME_TAKEN"):
        await api.ask(update)
    update = pb.UpdateConnectionRequest(
        connection_id="one", name="two", scope=pb.Scope(projects=["CB"])
    )
    async with refused("CONNECTION_NAME_TAKEN"):
        await api.ask(update)
    async with refused("INVALID_FIELD") as seen:
        await api.ask(pb.UpdateConnectionRequest(connection_id="one", email="bob@example.com"))
    assert seen[0].metadata == {"field": "api_token"}
    assert await api.database[CONNECTIONS].find_one({"_id": made.id}) == before
    assert await api.ask(pb.GetConnectionRequest(connection_id="one")) == made


async def test_an_update(api: Sync) -> None:
    """Name and credential change; the old name is free, the id stays."""
    made = await api.connect("old")
    api.twin.site.token = "another-token"
    update = pb.UpdateConnectionRequest(
        connection_id="old", name="new", email="bob@example.com", api_token="another-token"
    )
    updated = await api.ask(update)
    assert (updated.id, updated.name, updated.email) == (made.id, "new", "bob@example.com")
    async with refused("NOT_FOUND"):
        await api.ask(pb.GetConnectionRequest(connection_id="old"))
    assert (await api.connect("old")).id != made.id


async def test_two_renames_at_once_reserve_one_name(api: Sync) -> None:
    """Whichever wins, no name stays reserved for a connection that does not bear it."""
    made = await api.connect("old")
    updates = [
        pb.UpdateConnectionRequest(connection_id=made.id, name=name) for name in ("b", "c", "d")
    ]
    await asyncio.gather(*(api.ask(update) for update in updates))
    now = await api.ask(pb.GetConnectionRequest(connection_id=made.id))
    reserved = await api.database[CONNECTION_NAMES].find({}).to_list()
    assert [document["_id"] for document in reserved] == [f"wsp_1/{now.name}"]


async def test_a_deleted_connection_leaves_nothing(api: Sync) -> None:
    """Deleted in the middle of a sync: the run ends, nothing of it is left, the name is free."""
    made = await api.connect("gone")
    kept = await api.connect("kept")
    fault = Fault(path="/rest/api/3/issue/bulkfetch", after=1, delay_ms=800)
    api.twin.site.faults.add(fault)
    async with api.working():
        job = await api.start("gone")
        await until(lambda: not api.twin.site.faults.left())
        await api.ask(pb.DeleteConnectionRequest(connection_id="gone"))
        async with refused("NOT_FOUND"):
            await api.watched(job)
        again = await api.connect("gone")
        await asyncio.sleep(1.5)
        await api.watched(await api.start("gone"))
    assert again.id != made.id
    for name in await api.database.list_collection_names():
        found = await api.database[name].find({}).to_list()
        assert not [document for document in found if made.id in str(document)], name
    assert await api.database[CONNECTIONS].count_documents({"_id": kept.id}) == 1


async def test_roles(api: Sync) -> None:
    """A viewer may look, and not change."""
    await api.connect()
    assert (await api.ask(pb.ListConnectionsRequest(), role="VIEWER")).connections
    for request in (
        api.offered("another"),
        pb.UpdateConnectionRequest(connection_id="site", name="x"),
        pb.DeleteConnectionRequest(connection_id="site"),
    ):
        async with refused("ROLE_INSUFFICIENT"):
            await api.ask(request, role="MEMBER")
