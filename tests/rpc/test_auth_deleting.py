"""Deleting an account: sessions end now, signing in takes it back, an owner is not left behind."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from services.auth.domain.deletion import GRACE_MILLISECONDS
from tests.rpc.auth_service import Auth, auth_service, refused


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


def by(tokens: pb.Tokens) -> Any:
    return (("authorization", f"Bearer {tokens.access_token}"),)


async def delete(auth: Auth, tokens: pb.Tokens) -> None:
    await auth.stub.DeleteAccount(pb.DeleteAccountRequest(), metadata=by(tokens))


async def workspace_of(auth: Auth, tokens: pb.Tokens) -> str:
    return str((await auth.me(tokens.access_token)).workspace.id)


async def joins(auth: Auth, email: str, workspace_id: str, role: str = "MEMBER") -> pb.Tokens:
    """Sign somebody up and put them into a workspace; gives their tokens."""
    tokens = await auth.sign_up(email)
    me = await auth.me(tokens.access_token)
    await auth.database["members"].insert_one(
        {
            "_id": f"{workspace_id}:{me.id}",
            "workspace_id": workspace_id,
            "user_id": me.id,
            "role": role,
            "version": 0,
            "joined": 1,
        }
    )
    return tokens


async def test_all_sessions_end_at_once(auth: Auth) -> None:
    """Access and refresh tokens of every session; the audit says so, and names nobody."""
    first, second = await auth.sign_up(), await auth.log_in()
    await delete(auth, first)
    for tokens in (first, second):
        async with refused("TOKEN_STALE"):
            await auth.me(tokens.access_token)
        async with refused("REFRESH_TOKEN_INVALID"):
            await auth.refresh(tokens.refresh_token)
    events = await auth.database["audit_inbox"].find({"action": "account.delete"}).to_list()
    events += await auth.database["audit"].find({"action": "account.delete"}).to_list()
    assert len(events) == 1
    assert "a@example.com" not in str(events)


async def test_signing_in_within_the_grace_takes_it_back(auth: Auth) -> None:
    """The account is as it was; its old tokens stay ended."""
    tokens = await auth.sign_up()
    me = await auth.me(tokens.access_token)
    await delete(auth, tokens)
    auth.clock.ahead += GRACE_MILLISECONDS - 60_000
    again = await auth.log_in()
    assert (await auth.me(again.access_token)).id == me.id
    account = await auth.database["users"].find_one({"_id": me.id})
    assert account is not None
    assert account["erased_from"] is None


async def test_after_the_grace_there_is_no_way_back(auth: Auth) -> None:
    """As if there were no such account, erased or not yet."""
    await delete(auth, await auth.sign_up())
    auth.clock.ahead += GRACE_MILLISECONDS
    async with refused("CREDENTIALS_INVALID"):
        await auth.log_in()


@pytest.mark.parametrize("role", ["VIEWER", "ADMIN"])
async def test_the_last_owner_of_others_cannot_go(auth: Auth, role: str) -> None:
    """LAST_OWNER names the workspaces, and nothing is changed."""
    owner = await auth.sign_up()
    workspace_id = await workspace_of(auth, owner)
    await joins(auth, "b@example.com", workspace_id, role)
    async with refused("LAST_OWNER") as seen:
        await delete(auth, owner)
    assert seen[0].metadata == {"workspace_ids": workspace_id}
    assert (await auth.me(owner.access_token)).workspace.id == workspace_id
    (tried,) = await auth.database["audit_inbox"].find({"action": "account.delete"}).to_list()
    assert (tried["succeeded"], tried["details"]) == (False, [["reason", "LAST_OWNER"]])


async def test_of_two_owners_one_can_go(auth: Auth) -> None:
    """The other is then the last: one who is going already does not count."""
    first = await auth.sign_up()
    workspace_id = await workspace_of(auth, first)
    second = await joins(auth, "b@example.com", workspace_id, "OWNER")
    await delete(auth, first)
    async with refused("LAST_OWNER"):
        await delete(auth, second)


async def test_a_member_can_go(auth: Auth) -> None:
    """Whoever owns nothing that others are in."""
    owner = await auth.sign_up()
    member = await joins(auth, "b@example.com", await workspace_of(auth, owner))
    await delete(auth, member)
    async with refused("TOKEN_STALE"):
        await auth.me(member.access_token)
