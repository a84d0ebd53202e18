"""Going to another workspace: a session begins there, for as long as the present one lasts."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.workspace_pb2 import Member
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_sessions import by, join, sessions, switch, workspace


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def test_a_member_goes_to_another_workspace(auth: Auth) -> None:
    """A session begins there with the role there; the present one stays; both audits tell."""
    tokens, theirs = await auth.sign_up(), await auth.sign_up("b@example.com")
    there = await workspace(auth, theirs)
    await join(auth, tokens, theirs)
    switched = await switch(auth, tokens, there)
    me = await auth.me(switched.access_token)
    assert (me.email, me.workspace.id) == ("a@example.com", there)
    assert me.role == Member.VIEWER
    assert (await workspace(auth, await auth.refresh(switched.refresh_token))) == there
    assert (await auth.refresh(tokens.refresh_token)).access_token
    listed = (await sessions(auth, switched)).sessions
    assert {one.workspace_id for one in listed} == {there, await workspace(auth, tokens)}
    kept = await auth.database["audit_inbox"].find({"action": "session.switch"}).to_list()
    assert [one["workspace_id"] for one in kept] == [await workspace(auth, tokens)]
    begun = await auth.database["audit_inbox"].find({"workspace_id": there}).to_list()
    assert [dict(one["details"])["by"] for one in begun if "session" in one["action"]] == [
        "sign_up",
        "switch",
    ]


async def test_going_elsewhere_prolongs_no_stay(auth: Auth) -> None:
    """A session that was begun from another ends when that would have, seven days after sign-in."""
    tokens, theirs = await auth.sign_up(), await auth.sign_up("b@example.com")
    home, there = await workspace(auth, tokens), await workspace(auth, theirs)
    await join(auth, tokens, theirs)
    auth.clock.ahead = 6 * 24 * 3_600_000
    tokens = await auth.refresh(tokens.refresh_token)
    switched = await switch(auth, tokens, there)
    back = await switch(auth, switched, home)
    ends = {one.expire_time.ToMilliseconds() for one in (await sessions(auth, back)).sessions}
    assert len(ends) == 1
    auth.clock.ahead = 7 * 24 * 3_600_000 + 1000
    for one in (tokens, switched, back):
        async with refused("REFRESH_TOKEN_INVALID"):
            await auth.refresh(one.refresh_token)


async def test_reuse_ends_what_was_begun_from_the_session(auth: Auth) -> None:
    """A thief who went to another workspace is out there, too; who signed in anew is not."""
    stolen, theirs = await auth.sign_up(), await auth.sign_up("b@example.com")
    await join(auth, stolen, theirs)
    anew = await auth.log_in()
    thiefs = await auth.refresh(stolen.refresh_token)
    elsewhere = await switch(auth, thiefs, await workspace(auth, theirs))
    auth.clock.ahead = 11_000
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(stolen.refresh_token)
    for one in (thiefs, elsewhere):
        async with refused("TOKEN_STALE"):
            await auth.me(one.access_token)
        async with refused("REFRESH_TOKEN_INVALID"):
            await auth.refresh(one.refresh_token)
    assert (await auth.refresh(anew.refresh_token)).access_token
    noted = await auth.database["audit_inbox"].find({"target_id": {"$ne": ""}}).to_list()
    told = {(one["action"], one["workspace_id"]) for one in noted}
    assert ("session.reuse", await workspace(auth, anew)) in told
    assert ("session.end", await workspace(auth, theirs)) in told


async def test_reuse_ends_what_was_begun_from_a_session_that_was_left(auth: Auth) -> None:
    """A thief who goes elsewhere and signs out is out there, too, once the owner's token comes."""
    stolen, theirs = await auth.sign_up(), await auth.sign_up("b@example.com")
    await join(auth, stolen, theirs)
    thiefs = await auth.refresh(stolen.refresh_token)
    elsewhere = await switch(auth, thiefs, await workspace(auth, theirs))
    await auth.stub.Logout(auth_pb2.LogoutRequest(), metadata=by(thiefs))
    assert (await auth.me(elsewhere.access_token)).workspace.id
    auth.clock.ahead = 11_000
    for _ in range(3):
        async with refused("REFRESH_TOKEN_INVALID"):
            await auth.refresh(stolen.refresh_token)
    async with refused("TOKEN_STALE"):
        await auth.me(elsewhere.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(elsewhere.refresh_token)
    noted = await auth.database["audit_inbox"].find({"details": ["by", "reuse"]}).to_list()
    assert sorted(one["action"] for one in noted) == ["session.end", "session.reuse"]


async def test_a_session_that_ended_leads_nowhere(auth: Auth) -> None:
    """Also where its end was not heard of: what is kept is asked before a session begins."""
    tokens = await auth.sign_up()
    there = await workspace(auth, tokens)
    await auth.database["sessions"].update_many({}, {"$set": {"revoked": True}})
    assert (await auth.me(tokens.access_token)).workspace.id == there
    async with refused("TOKEN_STALE"):
        await switch(auth, tokens, there)
    assert await auth.database["sessions"].count_documents({}) == 1


async def test_whoever_is_no_member_finds_no_workspace(auth: Auth) -> None:
    """Another's workspace and a made-up one are answered alike, and no session begins."""
    tokens, theirs = await auth.sign_up(), await auth.sign_up("b@example.com")
    answers = set()
    for workspace_id in (await workspace(auth, theirs), "wsp_made_up"):
        async with refused("NOT_FOUND") as seen:
            await switch(auth, tokens, workspace_id)
        answers.add(seen[0].everything)
    assert len(answers) == 1
    assert len((await sessions(auth, tokens)).sessions) == 1


async def test_a_disabled_account_goes_nowhere(auth: Auth) -> None:
    """Neither to another workspace nor on with its session."""
    tokens = await auth.sign_up()
    there = await workspace(auth, tokens)
    await auth.database["users"].update_many({}, {"$set": {"disabled": True}})
    async with refused("ACCOUNT_DISABLED"):
        await switch(auth, tokens, there)
    async with refused("ACCOUNT_DISABLED"):
        await auth.refresh(tokens.refresh_token)
