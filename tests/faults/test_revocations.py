"""A token that was revoked is refused by every process within 30 seconds, whatever is away (S7)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jira_analytics.auth.v1 import auth_pb2
from tests.faults.whole_product import REFUSED, Stores, product, sign_out
from tests.rpc.auth_service import refused
from tests.stores import free_port, secantus

# Readings are so seldom that only news can be what was acted on.
SELDOM_SECONDS = 15.0
OFTEN_SECONDS = 0.2
EVERYWHERE = {"auth", "other auth", "analytics", "sync"}
PROMISED_SECONDS = 30.0
# Nobody listens there.
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def stores(mongo_url: str, cache_url: str, queue_url: str, mongo_database: str) -> Stores:
    return Stores(mongo_url, cache_url, queue_url, mongo_database)


def without_news(stores: Stores) -> Stores:
    return Stores(stores.mongo_url, NOWHERE, stores.queue_url, stores.database)


def by(tokens: auth_pb2.Tokens) -> Any:
    return (("authorization", f"Bearer {tokens.access_token}"),)


async def test_news_end_a_token_everywhere_at_once(stores: Stores) -> None:
    """Long before the next reading, although every process had verified the token before."""
    async with product(stores, every_seconds=SELDOM_SECONDS) as running:
        tokens, other = await running.auth.sign_up(), await running.auth.log_in()
        assert await running.taken_by(tokens.access_token) == EVERYWHERE
        await sign_out(running, tokens)
        assert await running.refused_within(tokens.access_token, 5.0) < SELDOM_SECONDS / 2
        assert {await running.said(name, tokens.access_token) for name in EVERYWHERE} == {
            "TOKEN_STALE"
        }
        assert await running.taken_by(other.access_token) == EVERYWHERE


async def test_lost_news_are_read(stores: Stores) -> None:
    """Without Redis every process reads it for itself; other sessions are not touched."""
    async with product(without_news(stores), every_seconds=OFTEN_SECONDS) as running:
        tokens, other = await running.auth.sign_up(), await running.auth.log_in()
        assert await running.taken_by(tokens.access_token) == EVERYWHERE
        await sign_out(running, tokens)
        await running.refused_within(tokens.access_token, 10.0)
        assert await running.taken_by(other.access_token) == EVERYWHERE


async def test_the_promise_holds_as_delivered(stores: Stores) -> None:
    """With the intervals that are the defaults, and no news: 30 seconds at most."""
    async with product(without_news(stores), every_seconds=10.0) as running:
        await running.auth.sign_up()
        tokens = await running.auth.log_in()
        assert await running.taken_by(tokens.access_token) == EVERYWHERE
        everywhere = auth_pb2.LogoutEverywhereRequest()
        await running.auth.stub.LogoutEverywhere(everywhere, metadata=by(tokens))
        await running.refused_within(tokens.access_token, PROMISED_SECONDS)


async def test_what_was_noted_holds_while_the_database_is_away(
    stores: Stores, tmp_path: Path
) -> None:
    """A revoked token stays refused; others live out their time; nothing can be refreshed."""
    port = free_port()
    async with secantus(tmp_path, port) as url:
        alone = Stores(url, stores.cache_url, stores.queue_url, "product")
        started = product(alone, every_seconds=OFTEN_SECONDS)
        running = await started.__aenter__()
        tokens, other = await running.auth.sign_up(), await running.auth.log_in()
        await sign_out(running, tokens)
        await running.refused_within(tokens.access_token, 10.0)
    try:
        for _ in range(3):
            assert await running.taken_by(tokens.access_token) == set()
            assert await running.taken_by(other.access_token) == EVERYWHERE
            await asyncio.sleep(2 * OFTEN_SECONDS)
        async with refused("STORE_UNAVAILABLE"):
            await running.auth.refresh(other.refresh_token)
        async with secantus(tmp_path, port):
            assert (await running.auth.refresh(other.refresh_token)).access_token
    finally:
        await started.__aexit__(None, None, None)


async def test_a_process_that_starts_later_knows(stores: Stores) -> None:
    """What was revoked before it was there, it refuses from its first call on."""
    async with product(without_news(stores), every_seconds=SELDOM_SECONDS) as running:
        tokens, other = await running.auth.sign_up(), await running.auth.log_in()
        await sign_out(running, tokens)
        late = await running.add("late")
        assert await running.said(late, tokens.access_token) in REFUSED
        assert await running.takes(late, other.access_token)
