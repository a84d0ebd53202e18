"""What a revoked token leaves behind in a process that has not heard of it: nothing."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import grpc
import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor

from jira_analytics.auth.v1 import auth_pb2, operator_pb2, workspace_pb2
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from jira_analytics.auth.v1.workspace_pb2 import ApiKey, Member
from jira_analytics.options.v1 import options_pb2
from services.auth.store.revocations import RevocationStore
from services.kernel.revocation import Revocation
from tests.rpc.auth_service import PASSWORD, Auth, auth_service, refusal_of, refused
from tests.rpc.auth_workspaces import (
    Metadata,
    Person,
    bearer,
    give,
    invited,
    joined,
    person_of,
    remove,
    signed_up,
    workspaces,
)

SERVICES: Final = (
    auth_pb2.DESCRIPTOR.services_by_name["AuthService"],
    workspace_pb2.DESCRIPTOR.services_by_name["WorkspaceService"],
)
# Whoever's token was revoked may still end their own sessions: nothing is left of that.
ENDS_OWN_SESSIONS: Final = {"Logout", "LogoutEverywhere", "RevokeSession"}
KEPT: Final = (
    "users",
    "workspaces",
    "members",
    "sessions",
    "refresh_tokens",
    "api_keys",
    "invites",
    "mails",
    "audit_inbox",
)


@dataclass(frozen=True, slots=True)
class Two:
    """Two processes of auth over one database; what is revoked at one the other does not hear."""

    told: Auth
    deaf: Auth


@pytest.fixture
async def two(
    mongo_url: str, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Two]:
    async def since(_store: RevocationStore, _instant: int) -> Sequence[Revocation]:
        return ()

    monkeypatch.setattr(RevocationStore, "since", since)
    async with (
        auth_service(mongo_url, mongo_database) as told,
        auth_service(mongo_url, mongo_database) as deaf,
    ):
        yield Two(told, deaf)


def changes_something(method: MethodDescriptor) -> bool:
    """Tell whether a method is called with an access token and changes what is kept."""
    options = method.GetOptions()
    level = options.Extensions[options_pb2.access]
    read = options.Extensions[annotations_pb2.http].WhichOneof("pattern") == "get"
    return level != options_pb2.Access.PUBLIC and not read


async def asked_for(auth: Auth, owner: Person, admin: Person) -> dict[str, Any]:
    """Make requests of all that an admin may change in the owner's workspace, or of their own."""
    member = await joined(auth, owner, "c@example.com")
    host = await signed_up(auth, "d@example.com")
    link = await invited(auth, host, admin.email)
    await invited(auth, owner, "e@example.com")
    listed = await workspaces(auth).ListInvites(
        workspace_pb2.ListInvitesRequest(), metadata=owner.bearer
    )
    key = await made_key(auth, owner.bearer)
    home = (await auth.me((await auth.log_in(admin.email)).access_token)).workspace.id
    return {
        "SwitchWorkspace": {"workspace_id": home},
        "UpdateMe": {"display_name": "Mallory"},
        "RequestEmailVerification": {},
        "ChangePassword": {"current_password": PASSWORD, "password": f"another {PASSWORD}"},
        "UpdateWorkspace": {"name": "Mallory's"},
        "UpdateMember": {"user_id": member.user_id, "role": Member.ADMIN},
        "RemoveMember": {"user_id": member.user_id},
        "InviteMember": {"email": "f@example.com", "role": Member.ADMIN},
        "RevokeInvite": {"invite_id": listed.invites[0].id},
        "AcceptInvite": {"token": link},
        "CreateApiKey": {"name": "CI", "scopes": [ApiKey.WORKSPACE_ADMIN]},
        "RevokeApiKey": {"api_key_id": key.id},
        "LeaveWorkspace": {},
        "DeleteAccount": {},
    }


async def made_key(auth: Auth, by: Metadata) -> ApiKey:
    request = workspace_pb2.CreateApiKeyRequest(name="CI", scopes=[ApiKey.WORKSPACE_ADMIN])
    key: ApiKey = await workspaces(auth).CreateApiKey(request, metadata=by)
    return key


async def reason_of(auth: Auth, method: MethodDescriptor, fields: Any, by: Metadata) -> str:
    """Call a method; gives the reason it is refused for."""
    stub = auth.stub if method.containing_service.name == "AuthService" else workspaces(auth)
    files = auth_pb2 if stub is auth.stub else workspace_pb2
    request = getattr(files, method.input_type.name)(**fields)
    try:
        await getattr(stub, method.name)(request, metadata=by)
    except grpc.aio.AioRpcError as error:
        return refusal_of(error).reason
    return "done"


async def kept(auth: Auth) -> dict[str, list[dict[str, Any]]]:
    return {name: await auth.database[name].find().sort("_id", 1).to_list() for name in KEPT}


async def test_a_revoked_token_changes_nothing_where_it_still_opens(two: Two) -> None:
    """Whatever changes something, by the contract, holds its caller against what is kept."""
    methods = [one for service in SERVICES for one in service.methods if changes_something(one)]
    held = {one.name: one for one in methods if one.name not in ENDS_OWN_SESSIONS}
    owner = await signed_up(two.told, "a@example.com")
    admin = await joined(two.told, owner, "b@example.com", "ADMIN")
    requests = await asked_for(two.told, owner, admin)
    assert requests.keys() == held.keys()
    everywhere = auth_pb2.LogoutEverywhereRequest()
    await two.told.stub.LogoutEverywhere(everywhere, metadata=admin.bearer)
    before = await kept(two.deaf)
    assert (await two.deaf.me(admin.tokens.access_token)).email == admin.email
    said = {
        name: await reason_of(two.deaf, held[name], fields, admin.bearer)
        for name, fields in requests.items()
    }
    assert said == dict.fromkeys(requests, "TOKEN_STALE")
    assert await kept(two.deaf) == before


async def sign_out(auth: Auth, _owner: Person, admin: Person) -> None:
    await auth.stub.Logout(auth_pb2.LogoutRequest(), metadata=admin.bearer)


async def change_password(auth: Auth, _owner: Person, admin: Person) -> None:
    request = auth_pb2.ChangePasswordRequest(
        current_password=PASSWORD, password=f"another {PASSWORD}"
    )
    by = bearer((await auth.log_in(admin.email)).access_token)
    await auth.stub.ChangePassword(request, metadata=by)


async def delete(auth: Auth, _owner: Person, admin: Person) -> None:
    by = bearer((await auth.log_in(admin.email)).access_token)
    await auth.stub.DeleteAccount(auth_pb2.DeleteAccountRequest(), metadata=by)


async def disable(auth: Auth, _owner: Person, admin: Person) -> None:
    stub: Any = OperatorServiceStub(auth.channel)
    request = operator_pb2.DisableUserRequest(user_id=admin.user_id)
    await stub.DisableUser(request, metadata=await auth.as_service("operator"))


async def lower(auth: Auth, owner: Person, admin: Person) -> None:
    await give(auth, owner, admin.user_id, "MEMBER")
    await give(auth, owner, admin.user_id, "ADMIN")


async def take_out(auth: Auth, owner: Person, admin: Person) -> None:
    await remove(auth, owner, admin.user_id)


@pytest.mark.parametrize("revoke", [sign_out, change_password, delete, disable, lower, take_out])
async def test_whatever_revokes_a_token_holds_its_bearer(
    two: Two, revoke: Callable[[Auth, Person, Person], Any]
) -> None:
    """By none of them a key is made that would outlive it; by the token before it, one was."""
    owner = await signed_up(two.told, "a@example.com")
    admin = await joined(two.told, owner, "b@example.com", "ADMIN")
    assert (await made_key(two.deaf, admin.bearer)).id
    await revoke(two.told, owner, admin)
    async with refused("TOKEN_STALE"):
        await made_key(two.deaf, admin.bearer)
    assert await two.deaf.database["api_keys"].count_documents({}) == 1


async def test_a_revoked_key_makes_no_other(two: Two) -> None:
    """A machine is held by its key."""
    owner = await signed_up(two.told, "a@example.com")
    key = await made_key(two.told, owner.bearer)
    exchange = auth_pb2.ExchangeApiKeyRequest(api_key=key.secret)
    machine = bearer((await two.deaf.stub.ExchangeApiKey(exchange)).access_token)
    assert (await made_key(two.deaf, machine)).id
    request = workspace_pb2.RevokeApiKeyRequest(api_key_id=key.id)
    await workspaces(two.told).RevokeApiKey(request, metadata=owner.bearer)
    async with refused("TOKEN_STALE"):
        await made_key(two.deaf, machine)
    assert await two.deaf.database["api_keys"].count_documents({}) == 2


async def test_whoever_refreshes_goes_on(two: Two) -> None:
    """A role that changed ends the token, not the session: the next token is as good as any."""
    owner = await signed_up(two.told, "a@example.com")
    admin = await joined(two.told, owner, "b@example.com", "ADMIN")
    await lower(two.told, owner, admin)
    async with refused("TOKEN_STALE"):
        await made_key(two.deaf, admin.bearer)
    tokens = await two.deaf.refresh(admin.tokens.refresh_token)
    anew = await person_of(two.deaf, tokens)
    assert (await made_key(two.deaf, anew.bearer)).id
