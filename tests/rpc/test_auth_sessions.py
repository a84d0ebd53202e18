"""Sessions as people see them: listed, ended one by one or all, and begun in another workspace."""

from collections.abc import AsyncIterator

import grpc
import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_sessions import by, join, sessions, switch, workspace


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def actions(auth: Auth) -> list[str]:
    kept = await auth.database["audit_inbox"].find({}).sort("occurred", 1).to_list()
    return [one["action"] for one in kept if one["action"].startswith("session.")]


async def test_a_session_tells_where_and_when_it_is_used(auth: Auth) -> None:
    """What the client called itself, its network by the gateway's word, and its times."""
    login = pb.LoginRequest(email="a@example.com", password="correct horse battery staple")
    await auth.sign_up()
    tokens = await auth.stub.Login(
        login, metadata=(("x-forwarded-for", "203.0.113.9, 192.0.2.77"),)
    )
    session = (await sessions(auth, tokens)).sessions[0]
    assert session.current
    assert session.address_prefix == "192.0.2.0/24"
    assert "grpc" in session.device
    assert session.expire_time.seconds - session.create_time.seconds == 7 * 24 * 3600
    auth.clock.ahead += 60_000
    moved = (("x-forwarded-for", "2001:db8:1:2::3"),)
    again = pb.RefreshRequest(refresh_token=tokens.refresh_token)
    tokens = await auth.stub.Refresh(again, metadata=moved)
    used = (await sessions(auth, tokens)).sessions[0]
    assert (used.id, used.expire_time) == (session.id, session.expire_time)
    assert used.last_use_time.seconds - session.last_use_time.seconds >= 60
    assert used.address_prefix == "2001:db8:1::/48"


@pytest.mark.parametrize("goes_on_by", ["signing in", "switching"])
async def test_the_hundred_and_first_session_ends_the_longest_unused(
    auth: Auth, goes_on_by: str
) -> None:
    """Its tokens hold no more at once; the audit says why it ended."""
    oldest = await auth.sign_up()
    kept = await auth.database["sessions"].find_one({})
    assert kept is not None
    others = [{**kept, "_id": f"ses_{number}", "last_used": auth.clock()} for number in range(98)]
    await auth.database["sessions"].insert_many(others)
    auth.clock.ahead = 1000
    present = await auth.log_in()
    assert len((await sessions(auth, present, page_size=200)).sessions) == 100
    if goes_on_by == "signing in":
        await auth.log_in()
    else:
        await switch(auth, present, await workspace(auth, present))
    assert len((await sessions(auth, present, page_size=200)).sessions) == 100
    async with refused("TOKEN_STALE"):
        await auth.me(oldest.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(oldest.refresh_token)
    told = await auth.database["audit_inbox"].find({"action": "session.end"}).to_list()
    assert [(one["target_id"], one["details"]) for one in told] == [(kept["_id"], [["by", "cap"]])]


async def test_sessions_are_listed_by_use_a_page_at_a_time(auth: Auth) -> None:
    """The last used first, each once, the caller's own marked; nobody else's among them."""
    first = await auth.sign_up()
    await auth.sign_up("b@example.com")
    for _ in range(4):
        auth.clock.ahead += 1000
        await auth.log_in()
    auth.clock.ahead += 1000
    first = await auth.refresh(first.refresh_token)
    everything = (await sessions(auth, first)).sessions
    assert [one.current for one in everything] == [True, False, False, False, False]
    times = [one.last_use_time.ToMilliseconds() for one in everything]
    assert times == sorted(times, reverse=True)
    paged: list[str] = []
    token = ""
    for expected in (2, 2, 1):
        page = await sessions(auth, first, page_size=2, page_token=token)
        assert len(page.sessions) == expected
        paged += [one.id for one in page.sessions]
        token = page.next_page_token
    assert token == ""
    assert paged == [one.id for one in everything]
    async with refused("INVALID_FIELD"):
        await sessions(auth, first, page_token="bent")


async def test_sessions_that_are_over_are_not_listed(auth: Auth) -> None:
    """Seven days after it began a session is none, also before the server has forgotten it."""
    await auth.sign_up()
    auth.clock.ahead += 24 * 3_600_000
    later = await auth.log_in()
    assert len((await sessions(auth, later)).sessions) == 2
    auth.clock.ahead += 6 * 24 * 3_600_000 + 1000
    later = await auth.refresh(later.refresh_token)
    assert [one.current for one in (await sessions(auth, later)).sessions] == [True]
    assert await auth.database["sessions"].count_documents({}) == 2


async def test_signing_out_ends_the_session_at_once(auth: Auth) -> None:
    """Its access and refresh tokens are refused from then on; another session goes on."""
    tokens, other = await auth.sign_up(), await auth.log_in()
    await auth.stub.Logout(pb.LogoutRequest(), metadata=by(tokens))
    async with refused("TOKEN_STALE") as seen:
        await auth.me(tokens.access_token)
    assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(tokens.refresh_token)
    listed = (await sessions(auth, other)).sessions
    assert [one.current for one in listed] == [True]
    assert (await auth.refresh(other.refresh_token)).access_token
    begun = ["session.begin", "session.begin", "session.end"]
    assert [one for one in await actions(auth) if one != "session.refresh"] == begun
    assert await auth.database["revocations"].count_documents({}) == 1


async def test_signing_out_everywhere_ends_every_session(auth: Auth) -> None:
    """All of this person's, in every workspace; nobody else's."""
    mine = [await auth.sign_up(), await auth.log_in()]
    theirs = await auth.sign_up("b@example.com")
    await join(auth, mine[0], theirs)
    mine.append(await switch(auth, mine[0], await workspace(auth, theirs)))
    await auth.stub.LogoutEverywhere(pb.LogoutEverywhereRequest(), metadata=by(mine[1]))
    for one in mine:
        async with refused("TOKEN_STALE"):
            await auth.me(one.access_token)
        async with refused("REFRESH_TOKEN_INVALID"):
            await auth.refresh(one.refresh_token)
    assert (await auth.me(theirs.access_token)).email == "b@example.com"
    assert (await auth.refresh(theirs.refresh_token)).access_token
    again = await auth.log_in()
    assert (await auth.me(again.access_token)).email == "a@example.com"
    ended = await auth.database["audit_inbox"].find({"action": "session.end_all"}).to_list()
    told = {one["workspace_id"]: dict(one["details"])["sessions"] for one in ended}
    assert told == {
        await workspace(auth, again): "2",
        await workspace(auth, theirs): "1",
    }


async def test_another_session_can_be_ended(auth: Auth) -> None:
    """By its id, by whom it belongs to; what it gave is refused, and it is not listed."""
    lost, here = await auth.sign_up(), await auth.log_in()
    (found,) = [one for one in (await sessions(auth, here)).sessions if not one.current]
    request = pb.RevokeSessionRequest(session_id=found.id)
    await auth.stub.RevokeSession(request, metadata=by(here))
    async with refused("TOKEN_STALE"):
        await auth.me(lost.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(lost.refresh_token)
    assert [one.current for one in (await sessions(auth, here)).sessions] == [True]
    assert (await actions(auth))[-2:] == ["session.end", "session.refresh"]


async def test_anybody_elses_session_is_as_one_that_is_not_there(auth: Auth) -> None:
    """Another person's, one that has ended and a made-up one: one answer, and nothing ends."""
    mine, gone = await auth.sign_up(), await auth.log_in()
    theirs = await auth.sign_up("b@example.com")
    their_id = (await sessions(auth, theirs)).sessions[0].id
    gone_id = (await sessions(auth, gone)).sessions[0].id
    await auth.stub.Logout(pb.LogoutRequest(), metadata=by(gone))
    answers = set()
    for session_id in (their_id, gone_id, "ses_made_up", "$gt"):
        async with refused("NOT_FOUND") as seen:
            request = pb.RevokeSessionRequest(session_id=session_id)
            await auth.stub.RevokeSession(request, metadata=by(mine))
        answers.add(seen[0].everything)
    assert len(answers) == 1
    assert (await auth.refresh(theirs.refresh_token)).access_token
    for malformed in ("", "x" * 65, "a\x00b"):
        async with refused("INVALID_FIELD"):
            request = pb.RevokeSessionRequest(session_id=malformed)
            await auth.stub.RevokeSession(request, metadata=by(mine))
