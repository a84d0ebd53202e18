"""API keys on the running service: shown once, traded until they end, as their tokens do."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from tests.rpc.auth_machines import keys, make, revoke, trade, workspace
from tests.rpc.auth_service import Auth, Refusal, auth_service, refused
from tests.rpc.auth_workspaces import bearer, joined, signed_up, workspaces

MINUTE = 60_000


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def test_a_machine_works_with_a_key(auth: Auth) -> None:
    """Traded for 15 minutes, without a refresh token, it opens what its scopes say and no more."""
    owner = await signed_up(auth, "a@example.com")
    key = await make(auth, owner.bearer)
    assert key.secret.startswith(key.prefix)
    tokens = await trade(auth, key.secret)
    assert (tokens.refresh_token, tokens.token_type, tokens.expires_in) == ("", "Bearer", 900)
    machine = bearer(tokens.access_token)
    assert (await workspace(auth, machine)).id == owner.workspace_id
    for name, needed in (("UpdateWorkspace", "workspace:admin"), ("LeaveWorkspace", "person")):
        request = getattr(pb, f"{name}Request")()
        reason = "ROLE_INSUFFICIENT" if name == "UpdateWorkspace" else "SCOPE_INSUFFICIENT"
        async with refused(reason) as seen:
            await getattr(workspaces(auth), name)(request, metadata=machine)
        assert seen[0].metadata["required"] in (needed, "ADMIN")
    async with refused("SCOPE_INSUFFICIENT"):
        await auth.me(tokens.access_token)


async def test_a_secret_is_shown_once_and_stands_nowhere(auth: Auth) -> None:
    """Neither a list nor the database holds it, or any part of its random half."""
    owner = await signed_up(auth, "a@example.com")
    key = await make(auth, owner.bearer)
    (listed,) = await keys(auth, owner)
    assert (listed.id, listed.secret, listed.prefix) == (key.id, "", key.prefix)
    random = key.secret.rpartition("_")[2]
    assert len(random) == 64
    for name in await auth.database.list_collection_names():
        assert random[:16] not in str(await auth.database[name].find({}).to_list())


async def test_a_revoked_key_dies_with_its_tokens(auth: Auth) -> None:
    """It is traded no more, what it was traded for holds no more, and it is listed no more."""
    owner = await signed_up(auth, "a@example.com")
    key = await make(auth, owner.bearer)
    machine = bearer((await trade(auth, key.secret)).access_token)
    await workspace(auth, machine)
    await revoke(auth, owner.bearer, key.id)
    async with refused("TOKEN_STALE"):
        await workspace(auth, machine)
    async with refused("API_KEY_INVALID"):
        await trade(auth, key.secret)
    assert await keys(auth, owner) == []
    async with refused("NOT_FOUND"):
        await revoke(auth, owner.bearer, key.id)


async def test_a_key_that_is_revoked_while_it_is_traded_gives_nothing_that_holds(
    auth: Auth,
) -> None:
    """Ten times over: whatever the order, after both are done no token of the key opens a door."""
    owner = await signed_up(auth, "a@example.com")
    for _ in range(10):
        key = await make(auth, owner.bearer)
        got = await asyncio.gather(
            *(trade(auth, key.secret) for _ in range(3)),
            revoke(auth, owner.bearer, key.id),
            return_exceptions=True,
        )
        for tokens in got:
            if isinstance(tokens, auth_pb2.Tokens):
                async with refused("TOKEN_STALE"):
                    await workspace(auth, bearer(tokens.access_token))


async def test_a_key_expires_and_its_tokens_before_it(auth: Auth) -> None:
    """A token of a key's last minute holds a minute; after that nothing does."""
    owner = await signed_up(auth, "a@example.com")
    key = await make(auth, owner.bearer, expire_time={"seconds": auth.clock() // 1000 + 90})
    tokens = await trade(auth, key.secret)
    assert 60 <= tokens.expires_in <= 90
    auth.clock.ahead = 2 * MINUTE
    async with refused("API_KEY_INVALID"):
        await trade(auth, key.secret)
    async with refused("TOKEN_INVALID"):
        await workspace(auth, bearer(tokens.access_token))
    assert [one.id for one in await keys(auth, owner)] == [key.id]


async def test_what_is_wrong_with_a_key_is_not_told(auth: Auth) -> None:
    """Unknown, mistyped, expired and revoked keys get one answer, word for word."""
    owner = await signed_up(auth, "a@example.com")
    expiring = await make(auth, owner.bearer, expire_time={"seconds": auth.clock() // 1000 + 60})
    ended = await make(auth, owner.bearer)
    await revoke(auth, owner.bearer, ended.id)
    standing = await make(auth, owner.bearer)
    auth.clock.ahead = 2 * MINUTE
    shown = [
        expiring.secret,
        ended.secret,
        standing.secret[:-1] + ("0" if standing.secret[-1] != "0" else "1"),
        standing.id,
        f"jak_{'0' * 30}_{'0' * 64}",
        "hunter2",
    ]
    said: list[Refusal] = []
    for secret in shown:
        async with refused("API_KEY_INVALID") as seen:
            await trade(auth, secret)
        said += seen
    assert len({(one.code, one.everything) for one in said}) == 1
    assert said[0].code == grpc.StatusCode.UNAUTHENTICATED


async def test_a_keys_last_use_is_known_to_the_minute(auth: Auth) -> None:
    """Never used it says nothing; after that the minute, not the moment."""
    owner = await signed_up(auth, "a@example.com")
    key = await make(auth, owner.bearer)
    assert not (await keys(auth, owner))[0].HasField("last_use_time")
    before = auth.clock()
    await trade(auth, key.secret)
    used = (await keys(auth, owner))[0].last_use_time.ToMilliseconds()
    assert used % MINUTE == 0
    assert before - MINUTE < used <= auth.clock()


async def test_only_admins_see_and_make_keys_and_only_their_workspaces(auth: Auth) -> None:
    """A member is refused; another workspace's key is not found, as one that never was."""
    owner = await signed_up(auth, "a@example.com")
    member = await joined(auth, owner, "b@example.com", "MEMBER")
    stranger = await signed_up(auth, "c@example.com")
    key = await make(auth, owner.bearer)
    async with refused("ROLE_INSUFFICIENT"):
        await make(auth, member.bearer)
    said = []
    for key_id in (key.id, "key_nothing"):
        async with refused("NOT_FOUND") as seen:
            await revoke(auth, stranger.bearer, key_id)
        said.append(seen[0].everything)
    assert said[0] == said[1]
    assert await keys(auth, stranger) == []
    await trade(auth, key.secret)


async def test_every_trade_and_every_try_is_in_the_audit(auth: Auth) -> None:
    """Good and refused ones by the key's id; unknown keys are in no workspace's audit."""
    owner = await signed_up(auth, "a@example.com")
    key = await make(auth, owner.bearer)
    await trade(auth, key.secret)
    for secret in (key.secret + "x", f"jak_{'0' * 30}_{'0' * 64}"):
        async with refused("API_KEY_INVALID"):
            await trade(auth, secret)
    rows = await auth.database["audit_inbox"].find({"action": "api_key.exchange"}).to_list()
    seen = [(row["workspace_id"], row["actor_id"], row["succeeded"]) for row in rows]
    assert sorted(seen) == [(owner.workspace_id, key.id, False), (owner.workspace_id, key.id, True)]


async def test_a_key_is_not_made_by_a_role_that_was_just_taken(auth: Auth) -> None:
    """Whoever was lowered a moment ago makes no key, though their token still says ADMIN."""
    owner = await signed_up(auth, "a@example.com")
    admin = await joined(auth, owner, "b@example.com", "ADMIN")
    place = {"workspace_id": owner.workspace_id, "user_id": admin.user_id}
    lowered = {"$set": {"role": "MEMBER"}}
    await auth.database["members"].update_one(place, lowered)
    async with refused("ROLE_INSUFFICIENT") as seen:
        await make(auth, admin.bearer)
    assert seen[0].metadata == {"required": "ADMIN"}
    assert await keys(auth, owner) == []
