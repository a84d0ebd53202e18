"""Refresh tokens: each works once; a lost answer is given again; an old one ends its session."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
import structlog
from bson import json_util

from jira_analytics.auth.v1.workspace_pb2 import Workspace
from services.auth.domain.session import GRACE_MILLISECONDS, digest_of
from services.auth.store.sessions import SessionStore
from tests.rpc.auth_service import PASSWORD, Auth, auth_service, refused

SEVEN_DAYS = int(timedelta(days=7).total_seconds() * 1000)


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def test_a_chain_of_refreshes_goes_on(auth: Auth) -> None:
    """Each token is traded for a pair that works; access tokens of before still hold."""
    tokens = [await auth.sign_up()]
    for _ in range(5):
        tokens.append(await auth.refresh(tokens[-1].refresh_token))
    assert len({one.refresh_token for one in tokens}) == 6
    assert len({one.access_token for one in tokens}) == 6
    for one in tokens:
        assert (await auth.me(one.access_token)).email == "a@example.com"
    assert await auth.database["sessions"].count_documents({}) == 1


async def test_a_refresh_brings_what_is_stored_now(auth: Auth) -> None:
    """A workspace's new tier is in the next access token."""
    tokens = await auth.sign_up()
    await auth.database["workspaces"].update_many({}, {"$set": {"tier": "enterprise"}})
    again = await auth.refresh(tokens.refresh_token)
    assert (await auth.me(again.access_token)).workspace.tier == Workspace.ENTERPRISE


async def test_reuse_ends_the_session_and_no_other(auth: Auth) -> None:
    """The thief's and the owner's next refresh both fail; another session of theirs goes on.

    The session's access tokens are stale at once, and the audit tells.
    """
    stolen = await auth.sign_up()
    elsewhere = await auth.log_in()
    owners = await auth.refresh(stolen.refresh_token)
    auth.clock.ahead += GRACE_MILLISECONDS + 1000
    async with refused("REFRESH_TOKEN_INVALID") as seen:
        await auth.refresh(stolen.refresh_token)
    assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(owners.refresh_token)
    for access_token in (stolen.access_token, owners.access_token):
        async with refused("TOKEN_STALE"):
            await auth.me(access_token)
    assert (await auth.refresh(elsewhere.refresh_token)).access_token
    assert (await auth.me(elsewhere.access_token)).email == "a@example.com"
    noted = await auth.database["audit_inbox"].find({"action": "session.reuse"}).to_list()
    ended = await auth.database["sessions"].find_one({"revoked": True})
    assert ended is not None
    assert [(one["target_id"], one["succeeded"]) for one in noted] == [(ended["_id"], False)]


async def test_a_reuse_is_logged_without_the_token(
    auth: Auth, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the session; nothing in it is of use to anybody."""
    first = await auth.sign_up()
    second = await auth.refresh(first.refresh_token)
    auth.clock.ahead += GRACE_MILLISECONDS + 1000
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            async with refused("REFRESH_TOKEN_INVALID"):
                await auth.refresh(first.refresh_token)
    # On a busy machine other warnings stand between.
    warned = [line for line in lines if line["log_level"] == "warning"]
    told = [line for line in warned if "session_id" in line]
    assert [line["session_id"][:4] for line in told] == ["ses_"]
    for secret in (first.refresh_token, second.refresh_token, digest_of(first.refresh_token)):
        assert secret not in str(lines) + capsys.readouterr().out


async def test_a_lost_answer_is_given_again(auth: Auth) -> None:
    """Asked again within ten seconds, byte for byte the same pair; then both go on as one."""
    first = await auth.sign_up()
    second = await auth.refresh(first.refresh_token)
    again = await auth.refresh(first.refresh_token)
    assert (again.access_token, again.refresh_token) == (second.access_token, second.refresh_token)
    assert (await auth.refresh(second.refresh_token)).access_token


async def test_a_client_that_was_cut_off_gets_the_same_pair(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trade is kept, the connection cut before its answer; the retry gets what was kept."""
    first = await auth.sign_up()
    trade, kept = SessionStore.trade, asyncio.Event()

    async def and_never_answer(store: SessionStore, *args: Any, **kwargs: Any) -> bool:
        assert await trade(store, *args, **kwargs)
        kept.set()
        await asyncio.Event().wait()
        return True

    with monkeypatch.context() as slow:
        slow.setattr(SessionStore, "trade", and_never_answer)
        call = asyncio.create_task(auth.refresh(first.refresh_token))
        await asyncio.wait_for(kept.wait(), 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    child = await auth.database["refresh_tokens"].find_one({"used": False})
    assert child is not None
    again = await auth.refresh(first.refresh_token)
    assert digest_of(again.refresh_token) == child["_id"]
    assert (await auth.me(again.access_token)).email == "a@example.com"
    assert (await auth.refresh(again.refresh_token)).access_token


async def test_an_unknown_token_is_refused_as_a_used_one(auth: Auth) -> None:
    """Unknown, used and revoked tokens are answered alike, to the byte."""
    first = await auth.sign_up()
    second = await auth.refresh(first.refresh_token)
    auth.clock.ahead += GRACE_MILLISECONDS + 1000
    seen = []
    for text in (first.refresh_token, second.refresh_token, "unknown", "x" * 100_000, "\x00"):
        async with refused("REFRESH_TOKEN_INVALID") as refusal:
            await auth.refresh(text)
        seen += refusal
    assert len({one.everything for one in seen}) == 1


async def test_fifty_at_once_get_one_child(auth: Auth) -> None:
    """Of 50 concurrent refreshes of one token each gets the same pair; one child is kept."""
    tokens = await auth.sign_up()
    answers = await asyncio.gather(*(auth.refresh(tokens.refresh_token) for _ in range(50)))
    assert len({(one.access_token, one.refresh_token) for one in answers}) == 1
    assert await auth.database["refresh_tokens"].count_documents({}) == 2
    assert await auth.database["sessions"].count_documents({"revoked": True}) == 0


async def test_a_session_ends_after_seven_days_to_the_second(auth: Auth) -> None:
    """A second before it is refreshed, a second after it is over, whatever was refreshed before."""
    tokens = await auth.sign_up()
    for ahead in (SEVEN_DAYS // 2, SEVEN_DAYS - 5_000):
        auth.clock.ahead = ahead
        tokens = await auth.refresh(tokens.refresh_token)
    assert 0 < tokens.expires_in <= 5
    auth.clock.ahead = SEVEN_DAYS + 1_000
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(tokens.refresh_token)


async def test_a_session_is_refreshed_thirty_times_a_minute(auth: Auth) -> None:
    """The 31st is told to wait, over the wire in seconds; then its token is as good as before."""
    tokens = await auth.sign_up()
    for _ in range(30):
        tokens = await auth.refresh(tokens.refresh_token)
    async with refused("TOO_MANY_ATTEMPTS") as seen:
        await auth.refresh(tokens.refresh_token)
    assert seen[0].code is grpc.StatusCode.RESOURCE_EXHAUSTED
    seconds = int(seen[0].metadata["retry_after_seconds"])
    assert 0 < seconds <= 60
    auth.clock.ahead += seconds * 1000
    assert (await auth.refresh(tokens.refresh_token)).access_token


async def test_expired_sessions_are_forgotten_by_the_server(auth: Auth) -> None:
    """Sessions and tokens carry their end as a date, under an index that lets the server delete."""
    await auth.sign_up()
    for name in ("sessions", "refresh_tokens"):
        indexes = await auth.database[name].index_information()
        assert indexes["expires_at_1"]["expireAfterSeconds"] == 0
        kept: dict[str, Any] | None = await auth.database[name].find_one({})
        assert kept is not None
        left = int(kept["expires_at"].timestamp() * 1000) - auth.clock()
        assert 0 < SEVEN_DAYS - left < 60_000


async def test_nothing_kept_can_be_used(auth: Auth) -> None:
    """A dump of the database holds no token, no password and no private key."""
    first = await auth.sign_up()
    second = await auth.refresh(first.refresh_token)
    dump = ""
    for name in await auth.database.list_collection_names():
        dump += json.dumps(await auth.database[name].find({}).to_list(), default=json_util.default)
    assert "a@example.com" in dump
    for secret in (PASSWORD, first.refresh_token, second.refresh_token, first.access_token):
        assert secret not in dump
    assert "PRIVATE" not in dump
    assert digest_of(second.refresh_token) in dump
