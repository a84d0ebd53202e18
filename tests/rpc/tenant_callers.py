"""Everybody who may try to call a method, and the answer at the door that each must get."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.options.v1 import options_pb2
from jira_analytics.options.v1.options_pb2 import Access
from services.kernel.membership import Role
from tests.rpc.sync_and_analytics import Answer
from tests.rpc.tenant_world import METHODS, Metadata, Person, World, bearer

TWENTY_MINUTES: Final = 20 * 60 * 1000


class Who(StrEnum):
    """The callers of the matrix."""

    NOBODY = "none"
    EXPIRED = "expired"
    REVOKED = "revoked"
    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"
    STRANGER = "member of another workspace"
    MACHINE = "machine with every scope"
    IDLE_MACHINE = "machine with another scope"
    OPERATOR = "operator"
    SERVICE = "service"


ROLES: Final = {
    Who.VIEWER: Role.VIEWER,
    Who.MEMBER: Role.MEMBER,
    Who.ADMIN: Role.ADMIN,
    Who.OWNER: Role.OWNER,
    Who.STRANGER: Role.OWNER,
}
NEEDED: Final = {Access.VIEWER: Role.VIEWER, Access.MEMBER: Role.MEMBER, Access.ADMIN: Role.ADMIN}
SERVICES: Final = {Access.INTERNAL: Who.SERVICE, Access.OPERATOR: Who.OPERATOR}
UNKNOWN: Final = (grpc.StatusCode.UNAUTHENTICATED, {"TOKEN_INVALID"})
STALE: Final = (grpc.StatusCode.UNAUTHENTICATED, {"TOKEN_STALE"})
DENIED: Final = (
    grpc.StatusCode.PERMISSION_DENIED,
    {"ROLE_INSUFFICIENT", "SCOPE_INSUFFICIENT"},
)
Refused = tuple[grpc.StatusCode, set[str]]


def level_of(method: MethodDescriptor) -> Access.Level.ValueType:
    """Read who may call a method."""
    return method.GetOptions().Extensions[options_pb2.access]


def at_the_door(method: MethodDescriptor, who: Who) -> Refused | None:
    """Tell how a caller is refused before anything is looked at; None where they are let in."""
    level = level_of(method)
    if level == Access.PUBLIC:
        return None
    if level in SERVICES:
        return _at_services_door(SERVICES[level], who)
    if who in {Who.NOBODY, Who.EXPIRED, Who.OPERATOR, Who.SERVICE}:
        return UNKNOWN
    if who is Who.REVOKED:
        return STALE
    if who in {Who.MACHINE, Who.IDLE_MACHINE}:
        return None if who is Who.MACHINE and level in _SCOPED.get(area_of(method), ()) else DENIED
    return DENIED if level in NEEDED and not ROLES[who].covers(NEEDED[level]) else None


def _at_services_door(wanted: Who, who: Who) -> Refused | None:
    if who is wanted:
        return None
    return DENIED if who in {Who.OPERATOR, Who.SERVICE} else UNKNOWN


def area_of(method: MethodDescriptor) -> str:
    return str(method.full_name.split(".")[1])


# For which levels of each package there is a scope.
_SCOPED: Final[Mapping[str, set[Access.Level.ValueType]]] = {
    "analytics": {Access.VIEWER},
    "sync": {Access.VIEWER, Access.MEMBER, Access.ADMIN},
    "auth": {Access.VIEWER, Access.ADMIN},
}
# A machine whose scope is of no use for a package.
_IDLE: Final = {
    "analytics": workspace_pb2.ApiKey.SYNC_ADMIN,
    "sync": workspace_pb2.ApiKey.WORKSPACE_ADMIN,
    "auth": workspace_pb2.ApiKey.SYNC_ADMIN,
}


# What any owner may ask of a package.
_ANY_METHOD: Final = {
    "analytics": "analytics.v1.AnalyticsService.GetExecutiveSummary",
    "sync": "sync.v1.ConnectionService.ListConnections",
    "auth": "auth.v1.AuthService.GetMe",
}
# Longer than a revocation may take that no news tells of.
TRIES, PAUSE_SECONDS = 300, 0.1


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with what they show, and the account behind it where there is one."""

    shows: Metadata
    user_id: str = ""
    workspace_id: str = ""


async def caller(world: World, who: Who, method: MethodDescriptor, owner: Person) -> Caller:
    """Make a caller of this owner's workspace, for this method's service."""
    workspace_id = owner.workspace_id
    if who is Who.NOBODY:
        return Caller(())
    if who in {Who.OPERATOR, Who.SERVICE}:
        client = "operator" if who is Who.OPERATOR else "sync"
        return Caller(await world.auth.as_service(client))
    if who in {Who.MACHINE, Who.IDLE_MACHINE}:
        every = [value for value in workspace_pb2.ApiKey.Scope.values() if value]
        scopes = every if who is Who.MACHINE else [_IDLE[area_of(method)]]
        return Caller(await _machine(world, owner.shows, scopes), workspace_id=workspace_id)
    if who is Who.STRANGER:
        made = await world.owner()
    elif who is Who.EXPIRED:
        made = await _expired(world, workspace_id)
    else:
        made = await world.member(workspace_id, ROLES.get(who, Role.OWNER))
    if who is Who.REVOKED:
        await _revoke(world, made.shows, method)
    return Caller(made.shows, made.user_id, made.workspace_id)


async def _machine(world: World, owner: Metadata, scopes: Sequence[int]) -> Metadata:
    key = await world.ask(
        "auth.v1.WorkspaceService.CreateApiKey", owner, name="machine", scopes=scopes
    )
    tokens = await world.ask("auth.v1.AuthService.ExchangeApiKey", (), api_key=key.secret)
    return bearer(tokens.access_token)


async def _expired(world: World, workspace_id: str) -> Person:
    world.auth.clock.ahead -= TWENTY_MINUTES
    try:
        return await world.member(workspace_id, Role.OWNER)
    finally:
        world.auth.clock.ahead += TWENTY_MINUTES


async def _revoke(world: World, shows: Metadata, method: MethodDescriptor) -> None:
    """End a session, and wait until the method's service has heard of it."""
    await world.ask("auth.v1.AuthService.Logout", shows)
    probe = METHODS[_ANY_METHOD[area_of(method)]]
    for _ in range(TRIES):
        if reason_of(await world.tell(probe, shows, {})) == "TOKEN_STALE":
            return
        await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError(f"{area_of(method)} did not hear of a session's end")


def reason_of(answer: Answer) -> str:
    """Read why a call was refused; empty where it was not."""
    info = ErrorInfo()
    details = dict(answer.trailers).get("grpc-status-details-bin", b"")
    for detail in Status.FromString(details if isinstance(details, bytes) else b"").details:
        detail.Unpack(info)
    return str(info.reason)
