"""What operators do over the wire: users of any tier, tiers moved, users disabled, counts."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.auth.v1 import operator_pb2 as pb
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from jira_analytics.auth.v1.workspace_pb2 import ApiKey, CreateApiKeyRequest, Workspace
from tests.rpc.auth_service import PASSWORD, Auth, auth_service, refused
from tests.rpc.auth_workspaces import joined, signed_up, workspaces


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def operate(auth: Auth, request: Any, client: str = "operator") -> Any:
    """Make a call of the operator's, by its request."""
    name = type(request).__name__.removesuffix("Request")
    method = getattr(OperatorServiceStub(auth.channel), name)
    return await method(request, metadata=await auth.as_service(client))


async def test_an_operator_makes_a_user_of_any_tier(auth: Auth) -> None:
    """With a password no person could choose, in any tier and region; the user signs in."""
    made = await operate(
        auth,
        pb.CreateUserRequest(
            email="Op@Example.com",
            password="pw",
            workspace_name="Ops",
            tier=Workspace.ENTERPRISE,
            region=Workspace.APAC,
        ),
    )
    assert (made.email, made.disabled) == ("op@example.com", False)
    me = await auth.me((await auth.log_in("op@example.com", "pw")).access_token)
    assert (me.id, me.workspace.id) == (made.id, made.workspace_id)
    assert (me.workspace.tier, me.workspace.region) == (Workspace.ENTERPRISE, Workspace.APAC)
    async with refused("EMAIL_TAKEN"):
        await operate(
            auth,
            pb.CreateUserRequest(email="op@example.com", password="pw", workspace_name="Ops"),
        )


async def test_a_moved_tier_ends_tokens_that_say_another(auth: Auth) -> None:
    """Everybody's tokens in the workspace are stale at once, and the next ones say the tier."""
    owner = await signed_up(auth, "a@example.com")
    member = await joined(auth, owner, "b@example.com")
    moved = await operate(
        auth, pb.SetTierRequest(workspace_id=owner.workspace_id, tier=Workspace.PRO)
    )
    assert moved.tier == Workspace.PRO
    for person in (owner, member):
        async with refused("TOKEN_STALE"):
            await auth.me(person.tokens.access_token)
        fresh = await auth.refresh(person.tokens.refresh_token)
        assert (await auth.me(fresh.access_token)).workspace.tier == Workspace.PRO
    again = pb.SetTierRequest(workspace_id=owner.workspace_id, tier=Workspace.PRO)
    await operate(auth, again)
    assert (await auth.me(fresh.access_token)).workspace.tier == Workspace.PRO


async def test_a_disabled_user_is_out_everywhere_until_enabled(auth: Auth) -> None:
    """Tokens and sessions of every workspace end, and signing in is refused; others stay."""
    owner = await signed_up(auth, "a@example.com")
    user = await signed_up(auth, "b@example.com")
    again = await auth.log_in("b@example.com")
    done = await operate(auth, pb.DisableUserRequest(user_id=user.user_id))
    assert done.disabled
    for tokens in (user.tokens, again):
        async with refused("TOKEN_STALE"):
            await auth.me(tokens.access_token)
        async with refused("ACCOUNT_DISABLED"):
            await auth.refresh(tokens.refresh_token)
    async with refused("ACCOUNT_DISABLED"):
        await auth.log_in("b@example.com")
    assert (await auth.me(owner.tokens.access_token)).email == "a@example.com"
    await operate(auth, pb.DisableUserRequest(user_id=user.user_id, enable=True))
    async with refused("TOKEN_STALE"):
        await auth.me(user.tokens.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(user.tokens.refresh_token)
    back = await auth.log_in("b@example.com", PASSWORD)
    assert (await auth.me(back.access_token)).id == user.user_id


async def test_what_there_is_is_counted(auth: Auth) -> None:
    """Users, workspaces by tier, sessions that stand and keys that can be used."""
    owner = await signed_up(auth, "a@example.com")
    await signed_up(auth, "b@example.com")
    await operate(auth, pb.SetTierRequest(workspace_id=owner.workspace_id, tier=Workspace.PRO))
    owner_again = await auth.log_in("a@example.com")
    metadata = (("authorization", f"Bearer {owner_again.access_token}"),)
    soon = {"seconds": auth.clock() // 1000 + 60}
    wishes: list[dict[str, Any]] = [{}, {"expire_time": soon}]
    for fields in wishes:
        request = CreateApiKeyRequest(name="CI", scopes=[ApiKey.SYNC_READ], **fields)
        await workspaces(auth).CreateApiKey(request, metadata=metadata)
    usage = await operate(auth, pb.GetUsageRequest())
    assert (usage.user_count, usage.session_count, usage.api_key_count) == (2, 3, 2)
    assert dict(usage.workspace_counts) == {"FREE": 1, "PRO": 1, "ENTERPRISE": 0}
    auth.clock.ahead = 2 * 60_000
    assert (await operate(auth, pb.GetUsageRequest())).api_key_count == 1


@pytest.mark.parametrize(
    "request_",
    [
        pb.SetTierRequest(workspace_id="wsp_none", tier=Workspace.PRO),
        pb.DisableUserRequest(user_id="usr_none"),
        pb.DisableUserRequest(user_id="usr_none", enable=True),
    ],
)
async def test_what_is_not_there_is_not_found(auth: Auth, request_: Any) -> None:
    """A workspace or a user that does not exist is NOT_FOUND."""
    async with refused("NOT_FOUND"):
        await operate(auth, request_)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SetTierRequest(workspace_id="wsp_1"), "tier"),
        (pb.SetTierRequest(tier=Workspace.PRO), "workspace_id"),
        (pb.DisableUserRequest(), "user_id"),
        (pb.CreateUserRequest(email="a@example.com", workspace_name="x"), "password"),
        (pb.CreateUserRequest(email="nobody", password="x", workspace_name="x"), "email"),
        (pb.CreateUserRequest(email="a@example.com", password="x"), "workspace_name"),
    ],
)
async def test_a_wrong_wish_is_refused_by_field(auth: Auth, request_: Any, field: str) -> None:
    """What is left out or cannot be is named."""
    async with refused("INVALID_FIELD") as seen:
        await operate(auth, request_)
    assert seen[0].metadata == {"field": field}


async def test_nobody_else_operates(auth: Auth) -> None:
    """Neither an owner nor another service calls any of these methods, and nothing happens."""
    owner = await signed_up(auth, "a@example.com")
    stub: Any = OperatorServiceStub(auth.channel)
    for name in ("CreateUser", "SetTier", "DisableUser", "GetUsage"):
        request = getattr(pb, f"{name}Request")()
        for metadata in ((), owner.bearer):
            async with refused("TOKEN_INVALID"):
                await getattr(stub, name)(request, metadata=metadata)
        async with refused("SCOPE_INSUFFICIENT"):
            await operate(auth, request, "sync")


async def test_what_operators_do_is_in_the_workspaces_audit(auth: Auth) -> None:
    """By the operator's id, where it concerns: the tier, who was disabled, what ended with it."""
    owner = await signed_up(auth, "a@example.com")
    await operate(auth, pb.SetTierRequest(workspace_id=owner.workspace_id, tier=Workspace.PRO))
    await operate(auth, pb.DisableUserRequest(user_id=owner.user_id))
    found = auth.database["audit_inbox"].find({"workspace_id": owner.workspace_id})
    noted = await found.sort("occurred", 1).to_list()
    rows = {row["action"]: row for row in noted if row["actor_id"] == "svc_operator"}
    assert {action: row["target_id"] for action, row in rows.items()} == {
        "workspace.tier": owner.workspace_id,
        "account.disable": owner.user_id,
        "session.end_all": owner.user_id,
    }
    assert rows["session.end_all"]["details"] == [["sessions", "1"]]
    assert rows["workspace.tier"]["details"] == [["tier", "pro"], ["tier_before", "free"]]
