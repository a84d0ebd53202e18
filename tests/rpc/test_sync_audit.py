"""What is changed of connections comes into the audit: with the change, as its author, once."""

import asyncio
import json
import time
from typing import Any

from pydantic import SecretStr

from jira_analytics.auth.v1 import internal_pb2
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent
from jira_analytics.sync.v1 import connection_pb2 as pb
from services.auth.settings import AuditSettings
from services.chassis.service_calls import calling
from services.chassis.settings import Auth, Client, Listen
from services.sync.audit_of_auth import recorder, request_of
from services.sync.reporting import Reporting
from services.sync.store.outbox import AuditOutbox
from tests.auth_stand_in import SECRET
from tests.rpc.auth_service import auth_service, refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync
from tests.stores import free_port

__all__ = ["api", "sync_stores"]

PATIENCE_SECONDS = 30.0


async def waiting(api: Sync) -> list[dict[str, Any]]:
    return await api.database["audit_outbox"].find({}).sort("occurred", 1).to_list()


async def changed(api: Sync) -> str:
    """Make a connection, rename it, give it another credential, delete it; gives its id."""
    made = await api.connect("site")
    update = pb.UpdateConnectionRequest
    for change in (
        update(connection_id=made.id, name="other"),
        update(connection_id=made.id, api_token=api.twin.site.token),
    ):
        await api.ask(change, sub="usr_7")
    await api.ask(pb.DeleteConnectionRequest(connection_id=made.id))
    return made.id


async def test_every_change_of_a_connection_waits_for_the_audit(api: Sync) -> None:
    """Who, where, what and to what; ids only: no name, no site, no address, no secret."""
    connection_id = await changed(api)
    events = await waiting(api)
    assert [(one["action"], one["details"]) for one in events] == [
        ("connection.create", [["source", "JIRA_CLOUD"]]),
        ("connection.update", [["changed", "name"]]),
        ("connection.update", [["changed", "credential"]]),
        ("connection.delete", []),
    ]
    assert {(one["workspace_id"], one["target_id"]) for one in events} == {("wsp_1", connection_id)}
    assert [one["actor_id"] for one in events][1:3] == ["usr_7", "usr_7"]
    told = json.dumps(events)
    for private in ("ann@example.com", api.twin.site.token, api.twin.origin, "site", "other"):
        assert f'"{private}"' not in told


async def test_what_was_not_changed_is_not_told(api: Sync) -> None:
    """A name that is taken, a name that was the same, and a connection that was not there."""
    made = await api.connect("site")
    async with refused("CONNECTION_NAME_TAKEN"):
        await api.connect("site")
    await api.ask(pb.UpdateConnectionRequest(connection_id=made.id, name="site"))
    async with refused("NOT_FOUND"):
        await api.ask(pb.DeleteConnectionRequest(connection_id="con_1"))
    assert [one["action"] for one in await waiting(api)] == ["connection.create"]


async def test_a_worker_tells_auth(api: Sync) -> None:
    """It calls with its own service token, and what is told waits no more."""
    connection_id = await changed(api)
    async with api.working():
        ends = time.monotonic() + PATIENCE_SECONDS
        while await waiting(api):
            assert time.monotonic() < ends, "nobody told auth"
            await asyncio.sleep(0.05)
    told = [
        entry
        for request in api.auth.asked
        if isinstance(request, internal_pb2.RecordAuditEventsRequest)
        for entry in request.entries
    ]
    assert [entry.event.action for entry in told][:1] == ["connection.create"]
    assert len({entry.event.id for entry in told}) == 4
    assert {entry.event.target_id for entry in told} == {connection_id}
    assert {entry.event.result for entry in told} == {AuditEvent.SUCCEEDED}


async def test_what_was_told_twice_is_in_the_audit_once(
    api: Sync, mongo_url: str, mongo_database: str
) -> None:
    """Auth is away at first; then it is told again and again, before and after it has chained."""
    await changed(api)
    events = await AuditOutbox(api.database).waiting(most=10)
    port = free_port()
    client = Client(id="sync", secret=SecretStr(SECRET))
    async with calling(Auth(address=f"127.0.0.1:{port}"), client) as (calls, channel):
        record = recorder(calls, channel)
        async with Reporting(AuditOutbox(api.database), record, "not yet").going_on(0.05):
            await asyncio.sleep(0.2)
            assert len(await waiting(api)) == len(events)
            quick = AuditSettings(rest_seconds=0.05)
            served = auth_service(
                mongo_url, f"{mongo_database}_auth", grpc=Listen(port=port), audit=quick
            )
            async with served as auth:
                ends = time.monotonic() + PATIENCE_SECONDS
                while await auth.database["audit"].count_documents({"workspace_id": "wsp_1"}) < 4:
                    assert time.monotonic() < ends, "the events did not arrive"
                    await asyncio.sleep(0.05)
                for _ in range(3):
                    await record(events)
                while await auth.database["audit_inbox"].count_documents({}):
                    assert time.monotonic() < ends, "the events that came again still wait"
                    await asyncio.sleep(0.05)
                kept = await auth.database["audit"].find({"workspace_id": "wsp_1"}).to_list()
    assert sorted(row["event_id"] for row in kept) == sorted(one.event_id for one in events)
    assert await waiting(api) == []


async def test_only_services_may_report(api: Sync, mongo_url: str, mongo_database: str) -> None:
    """A person's token is refused; and of a batch with an event that is none nothing is kept."""
    await api.connect("site")
    events = await AuditOutbox(api.database).waiting(most=10)
    request = request_of(events * 2)
    async with auth_service(mongo_url, f"{mongo_database}_auth") as auth:
        tokens = await auth.sign_up()
        person = (("authorization", f"Bearer {tokens.access_token}"),)
        async with refused("TOKEN_INVALID"):
            await auth.internal.RecordAuditEvents(request, metadata=person)
        request.entries[1].event.action = "connection"
        async with refused("INVALID_FIELD") as seen:
            await auth.internal.RecordAuditEvents(request, metadata=await auth.as_service())
        assert seen[0].metadata["field"] == "event.action"
        assert not await auth.database["audit_inbox"].count_documents({"workspace_id": "wsp_1"})
