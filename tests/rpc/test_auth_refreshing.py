"""Refresh tokens: each works once, for seven days; one that comes again ends its session."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
from bson import json_util

from jira_analytics.auth.v1.workspace_pb2 import Workspace
from services.auth.domain.session import SessionId, digest_of, first_token, next_token
from services.auth.store.sessions import SessionStore
from services.kernel.ids import UserId, WorkspaceId
from tests.rpc.auth_service import PASSWORD, Auth, auth_service, refusal_of, refused
from tests.unit.auth_examples import beginning

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
    """The thief's and the owner's next refresh both fail; another session of theirs goes on."""
    stolen = await auth.sign_up()
    elsewhere = await auth.log_in()
    owners = await auth.refresh(stolen.refresh_token)
    async with refused("REFRESH_TOKEN_INVALID") as seen:
        await auth.refresh(stolen.refresh_token)
    assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(owners.refresh_token)
    assert (await auth.refresh(elsewhere.refresh_token)).access_token


async def test_an_unknown_token_is_refused_as_a_used_one(auth: Auth) -> None:
    """Unknown, used and revoked tokens are answered alike, to the byte."""
    first = await auth.sign_up()
    second = await auth.refresh(first.refresh_token)
    seen = []
    for text in (first.refresh_token, second.refresh_token, "unknown", "x" * 100_000, "\x00"):
        async with refused("REFRESH_TOKEN_INVALID") as refusal:
            await auth.refresh(text)
        seen += refusal
    assert len({one.everything for one in seen}) == 1


async def test_of_fifty_at_once_one_is_served(auth: Auth) -> None:
    """Of 50 concurrent refreshes of one token exactly one succeeds, and it makes one successor."""
    tokens = await auth.sign_up()
    outcomes = await asyncio.gather(
        *(auth.refresh(tokens.refresh_token) for _ in range(50)), return_exceptions=True
    )
    errors = [one for one in outcomes if isinstance(one, grpc.aio.AioRpcError)]
    assert len(outcomes) - len(errors) == 1
    assert {refusal_of(error).reason for error in errors} == {"REFRESH_TOKEN_INVALID"}
    assert await auth.database["refresh_tokens"].count_documents({}) == 2
    assert await auth.database["sessions"].count_documents({"revoked": True}) == 1


async def test_a_token_ends_after_seven_days_to_the_second(auth: Auth) -> None:
    """A second before it is traded, a second after it is refused; a successor has its own time."""
    early, late = await auth.sign_up(), await auth.log_in()
    auth.clock.ahead = SEVEN_DAYS - 5_000
    successor = await auth.refresh(early.refresh_token)
    auth.clock.ahead = SEVEN_DAYS + 1_000
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(late.refresh_token)
    await auth.refresh(successor.refresh_token)


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


async def test_a_session_that_ends_during_a_trade_leaves_no_token(
    auth: Auth,
) -> None:
    """However a trade and a revocation meet, 40 times, afterwards no token can be traded."""
    store = SessionStore(auth.database)
    user, workspace = UserId("usr_1"), WorkspaceId("wsp_1")
    now = auth.clock()
    for turn in range(40):
        session = SessionId(f"ses_{turn}")
        first = first_token(f"a{turn}", session, user_id=user, workspace_id=workspace, now=now)
        child = next_token(f"b{turn}", first, now=now)
        await store.begin(beginning(first))
        await asyncio.gather(store.trade(first, child), store.revoke(session))
        for token in (first, child):
            grandchild = next_token(f"c{token.digest}", token, now=now)
            assert not await store.trade(token, grandchild)
            assert await store.find(grandchild.digest) is None


async def test_a_trade_that_is_refused_spends_nothing(auth: Auth) -> None:
    """A token of a session that has ended stays as it was: nothing half-done is kept."""
    store = SessionStore(auth.database)
    first = first_token(
        "a",
        SessionId("ses_1"),
        user_id=UserId("u"),
        workspace_id=WorkspaceId("w"),
        now=auth.clock(),
    )
    await store.begin(beginning(first))
    await store.revoke(first.session_id)
    assert not await store.trade(first, next_token("b", first, now=auth.clock()))
    assert await store.find(first.digest) == first
