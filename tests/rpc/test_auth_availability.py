"""What auth does when its store is away, or holds other keys."""

import asyncio
import time
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from services.auth.keys.signing import KeyUnreadable
from services.auth.store.sessions import SessionStore
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.stores import free_port, secantus

PATIENCE_SECONDS = 15.0


async def becomes(auth: Auth, healthy: bool) -> None:
    """Wait until gRPC health and /ready both say so."""
    ends = time.monotonic() + PATIENCE_SECONDS
    async with httpx.AsyncClient(trust_env=False) as http:
        while time.monotonic() < ends:
            ready = await http.get(f"http://127.0.0.1:{auth.http_port}/ready")
            if await auth.healthy() is healthy and ready.is_success is healthy:
                return
            await asyncio.sleep(0.1)
    raise AssertionError(f"health did not become {healthy}")


async def test_a_store_that_leaves_is_missed_and_welcomed_back(tmp_path: Path) -> None:
    """Without MongoDB: not ready, UNAVAILABLE within seconds; with it again: as before."""
    port = free_port()
    async with secantus(tmp_path, port) as url:
        started = auth_service(url, "auth")
        auth = await started.__aenter__()
        await becomes(auth, healthy=True)
        tokens = await auth.sign_up()
    try:
        await becomes(auth, healthy=False)
        began = time.monotonic()
        async with refused("STORE_UNAVAILABLE") as seen:
            await auth.log_in()
        assert seen[0].code is grpc.StatusCode.UNAVAILABLE
        assert time.monotonic() - began < 7
        async with secantus(tmp_path, port):
            await becomes(auth, healthy=True)
            assert (await auth.me(tokens.access_token)).email == "a@example.com"
    finally:
        await started.__aexit__(None, None, None)


async def test_two_services_on_one_store_take_each_others_tokens(
    mongo_url: str, mongo_database: str
) -> None:
    """Two that start at once on an empty store sign with the same key."""
    first, second = auth_service(mongo_url, mongo_database), auth_service(mongo_url, mongo_database)
    running = await asyncio.gather(first.__aenter__(), second.__aenter__())
    try:
        assert await running[0].database["keys"].count_documents({}) == 1
        tokens = await running[0].sign_up()
        assert (await running[1].me(tokens.access_token)).email == "a@example.com"
        assert (await running[1].refresh(tokens.refresh_token)).access_token
    finally:
        await asyncio.gather(*(one.__aexit__(None, None, None) for one in (first, second)))


async def test_fifty_at_two_services_get_one_child(mongo_url: str, mongo_database: str) -> None:
    """Whichever service is asked, one token has one child: the same pair for each."""
    first, second = auth_service(mongo_url, mongo_database), auth_service(mongo_url, mongo_database)
    async with first as one, second as other:
        tokens = await one.sign_up()
        asked = [(one, other)[number % 2].refresh(tokens.refresh_token) for number in range(50)]
        answers = await asyncio.gather(*asked)
        assert len({(got.access_token, got.refresh_token) for got in answers}) == 1
        assert await one.database["refresh_tokens"].count_documents({}) == 2


async def test_a_refresh_without_the_store_is_refused_and_half_of_it_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is gone in the middle of a trade: UNAVAILABLE, and the token is good later."""
    port, spent = free_port(), asyncio.Event()
    use = SessionStore._use  # noqa: SLF001 - the step after the token is spent
    gone = asyncio.Event()

    async def after_the_store_left(*args: Any) -> bool:
        spent.set()
        await gone.wait()
        return await use(*args)

    async with secantus(tmp_path, port) as url:
        started = auth_service(url, "auth")
        auth = await started.__aenter__()
        tokens = await auth.sign_up()
        monkeypatch.setattr(SessionStore, "_use", after_the_store_left)
        half = asyncio.create_task(auth.refresh(tokens.refresh_token))
        await asyncio.wait_for(spent.wait(), 10)
    try:
        gone.set()
        for call in (half, auth.refresh(tokens.refresh_token)):
            async with refused("STORE_UNAVAILABLE") as seen:
                await call
            assert seen[0].code is grpc.StatusCode.UNAVAILABLE
        monkeypatch.undo()
        async with secantus(tmp_path, port):
            await becomes(auth, healthy=True)
            kept = await auth.database["refresh_tokens"].find({}).to_list()
            assert [one["used"] for one in kept] == [False]
            assert (await auth.refresh(tokens.refresh_token)).access_token
    finally:
        await started.__aexit__(None, None, None)


async def test_a_restart_keeps_sessions_and_keys(mongo_url: str, mongo_database: str) -> None:
    """Tokens of before a restart hold after it."""
    async with auth_service(mongo_url, mongo_database) as auth:
        tokens = await auth.sign_up()
    async with auth_service(mongo_url, mongo_database) as auth:
        assert (await auth.me(tokens.access_token)).email == "a@example.com"
        await auth.refresh(tokens.refresh_token)


async def test_other_master_keys_do_not_start(
    mongo_url: str, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that cannot open the signing key does not come up with another one."""
    async with auth_service(mongo_url, mongo_database):
        pass
    monkeypatch.setattr("tests.rpc.auth_service.MASTER", "A" * 43 + "=")
    with pytest.raises(KeyUnreadable):
        async with auth_service(mongo_url, mongo_database):
            pass
