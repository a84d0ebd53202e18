"""What is refused, and what ends with something else, stands in the audit; strangers fill none."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.auth.v1 import auth_pb2, internal_pb2
from jira_analytics.auth.v1 import operator_pb2 as operator
from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from services.auth.domain.session import SESSION_MILLISECONDS
from services.chassis.mongo import Document
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_sessions import by
from tests.rpc.auth_workspaces import invited, joined, signed_up, workspaces

HERE, THERE = "203.0.113.7", "198.51.100.7"
MINUTE = 60_000


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    """Run the service, its clock standing at the beginning of a minute."""
    async with auth_service(mongo_url, mongo_database) as running:
        running.clock.stand()
        running.clock.stood += MINUTE - running.clock.stood % MINUTE
        yield running


async def noted(auth: Auth, action: str, **wanted: Any) -> list[Document]:
    found = auth.database["audit_inbox"].find({"action": action, **wanted})
    return await found.sort("occurred", 1).to_list()


def shown(event: Document) -> tuple[str, str, bool, dict[str, str], int]:
    """Show who, to what, how it ended, why, and how often."""
    return (
        event["actor_id"],
        event["target_id"],
        event["succeeded"],
        dict(event["details"]),
        event.get("times", 1),
    )


async def guess(auth: Auth, email: str, *, times: int, address: str = HERE) -> None:
    for _ in range(5):
        async with refused("CREDENTIALS_INVALID"):
            await auth.log_in(email, "wrong", address=address)
    for _ in range(times):
        async with refused("TOO_MANY_ATTEMPTS"):
            await auth.log_in(email, "wrong", address=address)


async def test_guesses_that_are_not_heard_are_counted(auth: Auth) -> None:
    """One event for an account, a network and a minute, however many they are."""
    person = await signed_up(auth, "a@example.com")
    await guess(auth, "a@example.com", times=4)
    await guess(auth, "a@example.com", times=1, address=THERE)
    of_backoff = [
        one
        for one in await noted(auth, "session.refuse", workspace_id=person.workspace_id)
        if dict(one["details"])["reason"] == "TOO_MANY_ATTEMPTS"
    ]
    why = {"reason": "TOO_MANY_ATTEMPTS"}
    assert sorted(map(shown, of_backoff), key=lambda one: one[-1]) == [
        (person.user_id, person.user_id, False, why, 1),
        (person.user_id, person.user_id, False, why, 4),
    ]


async def test_guesses_at_nobody_are_in_no_audit(auth: Auth) -> None:
    """They are counted all the same, with strangers, and forgotten."""
    await guess(auth, "nobody@example.com", times=3)
    assert await noted(auth, "session.refuse") == []
    strangers = await auth.database["strangers"].find({"times": 3}).to_list()
    assert [dict(one["details"])["reason"] for one in strangers] == ["TOO_MANY_ATTEMPTS"]
    assert strangers[0]["expires_at"] is not None


async def test_a_password_that_is_guessed_from_within_is_counted(auth: Auth) -> None:
    """Whoever stole a token and guesses the password leaves what a sign-in leaves."""
    tokens = await auth.sign_up()
    request = auth_pb2.ChangePasswordRequest(
        current_password="wrong", password="another horse battery"
    )
    for expected in [*["CREDENTIALS_INVALID"] * 5, *["TOO_MANY_ATTEMPTS"] * 2]:
        async with refused(expected):
            await auth.stub.ChangePassword(request, metadata=by(tokens))
    reasons = [dict(one["details"])["reason"] for one in await noted(auth, "password.change")]
    assert reasons.count("TOO_MANY_ATTEMPTS") == 1


async def test_a_refused_refresh_is_noted_where_its_session_is_known(auth: Auth) -> None:
    """Ended, expired, disabled; of a token that is nobody's nothing is written."""
    tokens = await auth.sign_up()
    me = await auth.me(tokens.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh("nobody's")
    assert await noted(auth, "session.refresh") == []
    await auth.stub.Logout(auth_pb2.LogoutRequest(), metadata=by(tokens))
    for _ in range(3):
        async with refused("REFRESH_TOKEN_INVALID"):
            await auth.refresh(tokens.refresh_token)
    (ended,) = await noted(auth, "session.refresh")
    actor, target, succeeded, why, times = shown(ended)
    assert (actor, succeeded, why, times) == (
        me.id,
        False,
        {"reason": "REFRESH_TOKEN_INVALID"},
        3,
    )
    assert target.startswith("ses_")
    again = await auth.log_in()
    auth.clock.ahead += SESSION_MILLISECONDS
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(again.refresh_token)
    assert len(await noted(auth, "session.refresh")) == 2


async def test_a_key_that_is_guessed_at_is_counted(auth: Auth) -> None:
    """A right id with a wrong secret is one event a minute; what is no key is with strangers."""
    owner = await signed_up(auth, "a@example.com")
    request = pb.CreateApiKeyRequest(name="CI", scopes=[pb.ApiKey.WORKSPACE_READ])
    key = await workspaces(auth).CreateApiKey(request, metadata=owner.bearer)
    wrong = key.secret[:-6] + "AAAAAA"
    for secret in [wrong] * 3 + ["nobody's"] * 3:
        async with refused("API_KEY_INVALID"):
            await auth.stub.ExchangeApiKey(auth_pb2.ExchangeApiKeyRequest(api_key=secret))
    (tried,) = await noted(auth, "api_key.exchange")
    assert shown(tried) == (key.id, key.id, False, {}, 3)
    assert await auth.database["strangers"].count_documents({"action": "api_key.exchange"}) == 1
    auth.clock.ahead += MINUTE
    async with refused("API_KEY_INVALID"):
        await auth.stub.ExchangeApiKey(auth_pb2.ExchangeApiKeyRequest(api_key=wrong))
    assert [shown(one)[-1] for one in await noted(auth, "api_key.exchange")] == [3, 1]


async def test_service_tokens_are_noted_for_operators(auth: Auth) -> None:
    """Who got one; and who did not, by a client's name or as unknown, whatever it was."""
    await auth.as_service("sync")
    asked = internal_pb2.IssueServiceTokenRequest(client_id="sync", client_secret="x" * 40)
    stray = internal_pb2.IssueServiceTokenRequest(client_id="a secret", client_secret="x" * 40)
    for request in (asked, asked, stray):
        async with refused("CLIENT_CREDENTIALS_INVALID"):
            await auth.internal.IssueServiceToken(request)
    why = {"reason": "CLIENT_CREDENTIALS_INVALID"}
    events = await noted(auth, "service_token.issue", workspace_id="operators")
    assert sorted(map(shown, events), key=lambda one: (one[0], one[2])) == [
        ("svc_sync", "svc_sync", False, why, 2),
        ("svc_sync", "svc_sync", True, {}, 1),
        ("svc_unknown", "svc_unknown", False, why, 1),
    ]


async def test_who_is_refused_at_the_door_is_noted(auth: Auth) -> None:
    """A person for want of a role, a machine for want of a scope, a service at an operator's."""
    owner = await signed_up(auth, "a@example.com")
    viewer = await joined(auth, owner, "b@example.com", "VIEWER")
    request = pb.CreateApiKeyRequest(name="CI", scopes=[pb.ApiKey.SYNC_READ])
    for _ in range(2):
        async with refused("ROLE_INSUFFICIENT"):
            await workspaces(auth).CreateApiKey(request, metadata=viewer.bearer)
    key = await workspaces(auth).CreateApiKey(request, metadata=owner.bearer)
    exchange = auth_pb2.ExchangeApiKeyRequest(api_key=key.secret)
    machine = by(await auth.stub.ExchangeApiKey(exchange))
    async with refused("SCOPE_INSUFFICIENT"):
        await auth.stub.DeleteAccount(auth_pb2.DeleteAccountRequest(), metadata=machine)
    stub: Any = OperatorServiceStub(auth.channel)
    async with refused("SCOPE_INSUFFICIENT"):
        await stub.GetUsage(operator.GetUsageRequest(), metadata=await auth.as_service("sync"))
    at_the_door = await noted(auth, "call.refuse")
    role, scope = "ROLE_INSUFFICIENT", "SCOPE_INSUFFICIENT"
    assert {shown(one)[0]: (one["workspace_id"], *shown(one)[3:]) for one in at_the_door} == {
        viewer.user_id: (
            owner.workspace_id,
            {"method": "WorkspaceService.CreateApiKey", "reason": role},
            2,
        ),
        key.id: (owner.workspace_id, {"method": "AuthService.DeleteAccount", "reason": scope}, 1),
        "svc_sync": ("operators", {"method": "OperatorService.GetUsage", "reason": scope}, 1),
    }


async def test_an_invitation_that_is_replaced_is_noted_as_ended(auth: Auth) -> None:
    """By who replaced it; the first of an address ends none."""
    owner = await signed_up(auth, "a@example.com")
    await invited(auth, owner, "b@example.com")
    assert await noted(auth, "invite.revoke") == []
    await invited(auth, owner, "b@example.com")
    first, _ = [one["target_id"] for one in await noted(auth, "invite.create")]
    (voided,) = await noted(auth, "invite.revoke")
    assert shown(voided) == (owner.user_id, first, True, {"by": "invite.create"}, 1)


async def test_refusals_of_many_processes_are_one_event(auth: Auth) -> None:
    """Thirty at the same moment are counted in one event, none is lost and none fails."""
    viewer = await joined(auth, await signed_up(auth, "a@example.com"), "b@example.com", "VIEWER")
    request = pb.RevokeApiKeyRequest(api_key_id="key_1")

    async def once() -> None:
        async with refused("ROLE_INSUFFICIENT"):
            await workspaces(auth).RevokeApiKey(request, metadata=viewer.bearer)

    await asyncio.gather(*(once() for _ in range(30)))
    (counted,) = await noted(auth, "call.refuse")
    assert counted["times"] == 30


async def test_ways_into_other_workspaces_that_are_closed_are_noted(auth: Auth) -> None:
    """Whoever tries a workspace that is not theirs, or a link that does not hold."""
    owner, other = await signed_up(auth, "a@example.com"), await signed_up(auth, "b@example.com")
    switch = auth_pb2.SwitchWorkspaceRequest(workspace_id=owner.workspace_id)
    for _ in range(2):
        async with refused("NOT_FOUND"):
            await auth.stub.SwitchWorkspace(switch, metadata=other.bearer)
    async with refused("LINK_INVALID"):
        await workspaces(auth).AcceptInvite(
            pb.AcceptInviteRequest(token="none"), metadata=other.bearer
        )
    (tried,) = await noted(auth, "session.switch", workspace_id=other.workspace_id)
    assert shown(tried)[2:] == (False, {"reason": "NOT_FOUND"}, 2)
    (link,) = await noted(auth, "invite.accept", workspace_id=other.workspace_id)
    assert shown(link) == (other.user_id, "", False, {"reason": "LINK_INVALID"}, 1)
