"""What an API key opens: the methods of its scopes, each of them named, and nothing of people's."""

from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.auth.v1 import auth_pb2, workspace_pb2
from jira_analytics.options.v1 import options_pb2
from jira_analytics.options.v1.options_pb2 import Access
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from services.chassis.access import access
from services.chassis.identity import Caller, ServiceCaller
from services.chassis.layers import Method
from services.kernel.errors import ProductError, RoleInsufficient, ScopeInsufficient, TokenInvalid
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Region, Role, Scope, Tier

FILES = (auth_pb2, workspace_pb2, connection_pb2, sync_pb2, analytics_pb2)
METHODS = [
    method
    for module in FILES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if method.GetOptions().Extensions[options_pb2.access] != Access.PUBLIC
]
AREAS = {
    "WorkspaceService": "workspace",
    "ConnectionService": "sync",
    "SyncService": "sync",
    "AnalyticsService": "analytics",
}
VERBS = {Access.VIEWER: "read", Access.MEMBER: "write", Access.ADMIN: "admin"}


class Call:
    """A call with a token."""

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", "Bearer token"),)

    def time_remaining(self) -> float:
        return 5.0


def machine(scopes: frozenset[Scope] | None, role: Role = Role.ADMIN) -> Caller:
    return Caller(
        user_id=UserId("key_1"),
        workspace_id=WorkspaceId("wsp_1"),
        role=role,
        tier=Tier.FREE,
        region=Region.EU,
        time_zone="UTC",
        session_id="key_1",
        token_id="tok_1",
        expires=0,
        scopes=scopes,
    )


async def refusal(method: MethodDescriptor, caller: Caller) -> ProductError | None:
    """Call a method; gives what the access layer refuses it with, if anything."""

    async def verify(_: str) -> Caller:
        return caller

    async def verify_service(_: str) -> ServiceCaller:
        raise TokenInvalid("no service token")

    context: Any = Call()
    try:
        async with access(verify, verify_service)(Method(method))(context):
            return None
    except ProductError as refused:
        return refused


def level_of(method: MethodDescriptor) -> Access.Level.ValueType:
    return method.GetOptions().Extensions[options_pb2.access]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
async def test_a_key_opens_the_methods_of_its_scopes_and_no_others(
    method: MethodDescriptor,
) -> None:
    """Of every method and scope: it opens where the area and the level are its own, else not."""
    level = level_of(method)
    area = AREAS.get(method.containing_service.name, "")
    needed = f"{area}:{VERBS[level]}" if level in VERBS else "person"
    for scope in Scope:
        refused = await refusal(method, machine(frozenset({scope})))
        assert (refused is None) is (scope == needed), (scope, refused)
        if refused is not None:
            assert isinstance(refused, ScopeInsufficient)
            assert refused.metadata == {"required": needed}
    assert isinstance(await refusal(method, machine(frozenset())), ScopeInsufficient)


@pytest.mark.parametrize(
    "method",
    [method for method in METHODS if level_of(method) == Access.AUTHENTICATED],
    ids=lambda method: method.full_name,
)
async def test_what_is_a_persons_own_opens_to_no_key(method: MethodDescriptor) -> None:
    """No key, with all scopes there are, reaches anybody's account; a person does."""
    refused = await refusal(method, machine(frozenset(Scope)))
    assert isinstance(refused, ScopeInsufficient)
    assert await refusal(method, machine(None)) is None


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
async def test_a_scope_lifts_no_role(method: MethodDescriptor) -> None:
    """A token whose role is below a method's is refused, whatever its scopes say."""
    refused = await refusal(method, machine(frozenset(Scope), Role.VIEWER))
    if level_of(method) in (Access.MEMBER, Access.ADMIN):
        assert isinstance(refused, RoleInsufficient)
