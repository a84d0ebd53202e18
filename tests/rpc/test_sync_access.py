"""Every method of the sync API lets in whom the contract says, and nobody below."""

from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from jira_analytics.options.v1 import options_pb2
from jira_analytics.options.v1.options_pb2 import Access
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from services.kernel.membership import Role
from tests.rpc.auth_service import refusal_of, refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync
from tests.rpc.sync_stored import everything

__all__ = ["api", "sync_stores"]

EVERY: list[MethodDescriptor] = [
    *connection_pb2.DESCRIPTOR.services_by_name["ConnectionService"].methods,
    *sync_pb2.DESCRIPTOR.services_by_name["SyncService"].methods,
]
# Sites have no token: test_sync_hooks_refused.py says who is let in.
METHODS = [method for method in EVERY if method.name != "ReceiveJiraWebhook"]
ROLES = [role.value for role in Role]


def required(method: MethodDescriptor) -> str:
    return Access.Level.Name(method.GetOptions().Extensions[options_pb2.access])


def named(method: MethodDescriptor) -> str:
    return method.name


async def call(api: Sync, method: MethodDescriptor, metadata: Any) -> grpc.StatusCode:
    """Call a method with an empty request; of a stream, the first message is waited for."""
    stub = api.connections if hasattr(api.connections, method.name) else api.sync
    request = GetMessageClass(method.input_type)()
    calling = getattr(stub, method.name)(request, metadata=metadata, timeout=10)
    try:
        await (calling.read() if method.server_streaming else calling)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_the_contract_says_who_may_what() -> None:
    """Connections are changed by ADMINs, syncs started by MEMBERs; VIEWERs see both."""
    assert {method.name: required(method) for method in EVERY} == {
        "CreateConnection": "ADMIN",
        "GetConnection": "VIEWER",
        "ListConnections": "VIEWER",
        "UpdateConnection": "ADMIN",
        "DeleteConnection": "ADMIN",
        "RotateWebhookSecret": "ADMIN",
        "StartSync": "MEMBER",
        "GetSyncJob": "VIEWER",
        "CancelSyncJob": "MEMBER",
        "ListSyncJobs": "VIEWER",
        "WatchSyncJob": "VIEWER",
        "GetCompleteness": "VIEWER",
        "ListDeadLetters": "ADMIN",
        "ReplayDeadLetters": "ADMIN",
        "ReceiveJiraWebhook": "PUBLIC",
    }


@pytest.mark.parametrize("method", METHODS, ids=named)
async def test_each_role_may_what_the_contract_says(api: Sync, method: MethodDescriptor) -> None:
    """Roles below the one required are PERMISSION_DENIED; that one and those above are not."""
    denied = [
        role
        for role in ROLES
        if await call(api, method, api.caller(role=role)) is grpc.StatusCode.PERMISSION_DENIED
    ]
    assert denied == ROLES[: ROLES.index(required(method))]


@pytest.mark.parametrize("method", METHODS, ids=named)
async def test_nobody_comes_in_without_a_token(api: Sync, method: MethodDescriptor) -> None:
    """No token, one that expired, one that is signed by nobody: UNAUTHENTICATED."""
    without: list[Any] = [
        (),
        (("authorization", "Bearer "),),
        api.caller(exp=1),
        (("authorization", f"Bearer {api.mint.token().rpartition('.')[0]}."),),
        api.caller(aud="jira-analytics-internal"),
    ]
    for metadata in without:
        assert await call(api, method, metadata) is grpc.StatusCode.UNAUTHENTICATED


async def test_a_viewer_who_creates_hears_what_it_needs(api: Sync) -> None:
    """ROLE_INSUFFICIENT names the role; the site has not heard of the attempt, the audit will."""
    async with refused("ROLE_INSUFFICIENT") as seen:
        await api.ask(api.offered(), role="VIEWER")
    assert seen[0].metadata == {"required": "ADMIN"}
    assert not api.twin.site.calls.counted
    stored = await everything(api.database)
    (told,) = stored.pop("audit_outbox")
    assert (told["action"], told["succeeded"], told["workspace_id"]) == (
        "call.refuse",
        False,
        "wsp_1",
    )
    assert dict(told["details"])["method"] == "ConnectionService.CreateConnection"
    assert stored == {}


async def test_a_member_starts_and_a_viewer_watches(api: Sync) -> None:
    """A MEMBER's sync is started; a VIEWER sees it."""
    await api.ask(api.offered(), role="ADMIN")
    job = await api.ask(sync_pb2.StartSyncRequest(), role="MEMBER")
    shown = await api.ask(sync_pb2.GetSyncJobRequest(job_id=job.id), role="VIEWER")
    assert shown == job


async def test_without_a_token_the_reason_is_said(api: Sync) -> None:
    """The refusal's reason is TOKEN_INVALID."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await api.connections.ListConnections(connection_pb2.ListConnectionsRequest(), timeout=10)
    assert refusal_of(failed.value).reason == "TOKEN_INVALID"
