"""What machines do to workspaces: they give no more than they have."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jira_analytics.auth.v1.workspace_pb2 import ApiKey, Member
from tests.rpc.auth_machines import keys, machine, make, revoke, trade, workspace
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import (
    accept,
    disable,
    give,
    invited,
    joined,
    leave,
    remove,
    signed_up,
)

MOST = 200
READING = (ApiKey.ANALYTICS_READ, ApiKey.SYNC_READ, ApiKey.WORKSPACE_READ)


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def test_a_key_gives_no_scope_that_it_lacks(auth: Auth) -> None:
    """A machine that administers the workspace makes keys, of its own scopes and no wider."""
    owner = await signed_up(auth, "a@example.com")
    admin = await machine(auth, owner, ApiKey.WORKSPACE_ADMIN)
    made = await make(auth, admin.bearer, ApiKey.WORKSPACE_ADMIN)
    assert made.creator_id == admin.user_id
    async with refused("SCOPE_INSUFFICIENT") as seen:
        await make(auth, admin.bearer, ApiKey.SYNC_ADMIN)
    assert seen[0].metadata == {"required": "sync:admin"}


async def test_a_key_gives_no_role_that_opens_more_than_it(auth: Auth) -> None:
    """Who only administers the workspace makes nobody an admin there, or anything else."""
    owner = await signed_up(auth, "a@example.com")
    viewer = await joined(auth, owner, "b@example.com", "VIEWER")
    narrow = await machine(auth, owner, ApiKey.WORKSPACE_ADMIN)
    for attempt in (
        lambda: invited(auth, narrow, "c@example.com", "ADMIN"),
        lambda: give(auth, narrow, viewer.user_id, "ADMIN"),
        lambda: invited(auth, narrow, "c@example.com", "VIEWER"),
    ):
        async with refused("SCOPE_INSUFFICIENT") as seen:
            await attempt()
        assert seen[0].metadata == {"required": "analytics:read"}
    tried = {"succeeded": False, "actor_id": narrow.user_id}
    rows = await auth.database["audit_inbox"].find(tried).sort("occurred", 1).to_list()
    assert [row["action"] for row in rows] == ["invite.create", "member.update", "invite.create"]


async def test_a_key_gives_the_roles_that_open_no_more_than_it(auth: Auth) -> None:
    """With all that is for reading it makes viewers, and with what is for writing members."""
    owner = await signed_up(auth, "a@example.com")
    member = await joined(auth, owner, "b@example.com", "MEMBER")
    reading = await machine(auth, owner, ApiKey.WORKSPACE_ADMIN, *READING)
    await invited(auth, reading, "c@example.com", "VIEWER")
    async with refused("SCOPE_INSUFFICIENT") as seen:
        await invited(auth, reading, "d@example.com", "MEMBER")
    assert seen[0].metadata == {"required": "sync:write"}
    assert (await give(auth, reading, member.user_id, "VIEWER")).role == Member.VIEWER
    writing = await machine(auth, owner, ApiKey.WORKSPACE_ADMIN, ApiKey.SYNC_WRITE, *READING)
    await invited(auth, writing, "d@example.com", "MEMBER")


async def test_a_machine_that_may_do_all_is_an_admin_and_no_owner(auth: Auth) -> None:
    """It invites admins, not owners; and what it invited to is void once the key is revoked."""
    owner = await signed_up(auth, "a@example.com")
    guest = await signed_up(auth, "b@example.com")
    admin = await machine(auth, owner)
    async with refused("ROLE_INSUFFICIENT"):
        await invited(auth, admin, guest.email, "OWNER")
    async with refused("ROLE_INSUFFICIENT"):
        await remove(auth, admin, owner.user_id)
    token = await invited(auth, admin, guest.email, "ADMIN")
    await revoke(auth, owner.bearer, admin.user_id)
    async with refused("LINK_INVALID"):
        await accept(auth, guest, token)


async def test_what_a_revoked_key_made_ends_with_it(auth: Auth) -> None:
    """Children and theirs, with their tokens, each with its event; other keys stay."""
    owner = await signed_up(auth, "a@example.com")
    stolen, other = await machine(auth, owner), await machine(auth, owner)
    child = await machine(auth, stolen)
    grandchild, sister = await machine(auth, child), await machine(auth, other)
    await revoke(auth, owner.bearer, stolen.user_id)
    for one in (stolen, child, grandchild):
        async with refused("TOKEN_STALE"):
            await workspace(auth, one.bearer)
        async with refused("API_KEY_INVALID"):
            await trade(auth, one.secret)
    await workspace(auth, sister.bearer)
    assert [one.id for one in await keys(auth, owner)] == [other.user_id, sister.user_id]
    rows = await auth.database["audit_inbox"].find({"action": "api_key.revoke"}).to_list()
    assert {row["target_id"]: dict(row["details"])["creator_id"] for row in rows} == {
        stolen.user_id: owner.user_id,
        child.user_id: stolen.user_id,
        grandchild.user_id: child.user_id,
    }


async def test_no_key_escapes_the_end_of_the_one_that_makes_it(auth: Auth) -> None:
    """Ten times over: what a key makes while it is revoked is not made, or ends with it."""
    owner = await signed_up(auth, "a@example.com")
    for _ in range(10):
        stolen = await machine(auth, owner)
        await asyncio.gather(
            *(make(auth, stolen.bearer) for _ in range(3)),
            revoke(auth, owner.bearer, stolen.user_id),
            return_exceptions=True,
        )
        assert await keys(auth, owner) == []


async def test_a_workspace_has_so_many_keys_and_ends_them_all_at_once(auth: Auth) -> None:
    """With 200 there is room for no more; the end of the one that made them makes room."""
    owner = await signed_up(auth, "a@example.com")
    stolen = await machine(auth, owner)
    kept = await auth.database["api_keys"].find_one({"_id": stolen.user_id})
    assert kept is not None
    made = [{**kept, "_id": f"key_{n}", "creator_id": stolen.user_id} for n in range(MOST - 2)]
    await auth.database["api_keys"].insert_many(made)
    await make(auth, stolen.bearer)
    for by in (owner, stolen):
        async with refused("LIMIT_REACHED") as seen:
            await make(auth, by.bearer)
        assert seen[0].metadata == {"limit": str(MOST)}
    await revoke(auth, owner.bearer, stolen.user_id)
    assert await keys(auth, owner) == []
    await make(auth, owner.bearer)


@pytest.mark.parametrize("way", ["member.remove", "member.leave", "account.disable"])
async def test_a_key_outlives_who_made_it_and_the_audit_says_how_many_do(
    auth: Auth, way: str
) -> None:
    """Machines do not stop when a person goes; of two keys one had ended, and one is counted.

    Who is disabled is counted for where signing in leads them.
    """
    owner = await signed_up(auth, "a@example.com")
    maker = await joined(auth, owner, "b@example.com", "ADMIN")
    leads = {"$set": {"workspace_id": owner.workspace_id}}
    await auth.database["users"].update_one({"_id": maker.user_id}, leads)
    stands, ends = await machine(auth, maker), await machine(auth, maker)
    await machine(auth, owner)
    await revoke(auth, owner.bearer, ends.user_id)
    if way == "member.remove":
        await remove(auth, owner, maker.user_id)
    elif way == "member.leave":
        await leave(auth, maker)
    else:
        await disable(auth, maker)
    await workspace(auth, stands.bearer)
    assert (await trade(auth, stands.secret)).access_token
    wanted = {"action": way, "workspace_id": owner.workspace_id}
    (noted,) = await auth.database["audit_inbox"].find(wanted).to_list()
    assert dict(noted["details"])["api_keys"] == "1"
