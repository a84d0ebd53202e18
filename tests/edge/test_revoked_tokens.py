"""A revoked token at the real gateway, before the real services: refused, though Envoy knows it."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.gateway.deployment import Endpoint
from services.gateway.policy import LOAD_FACTOR
from tests.edge.gateway_under_test import Gateway
from tests.faults.whole_product import Product, Stores, product, sign_out

PATHS = {"auth": "/api/me", "sync": "/api/connections", "analytics": "/api/analytics/workload"}
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _At:
    """Where something is, as a gateway's test names it."""

    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class _RealUpstreams:
    auth: _At
    analytics: tuple[_At, ...]
    sync: _At
    keys: _At


def upstreams_of(running: Product) -> Any:
    """Name the real services as what stands behind a gateway."""
    at = {name: _At(Endpoint("127.0.0.1", port)) for name, port in running.ports.items()}
    auth = _At(Endpoint("127.0.0.1", int(running.auth.address.rpartition(":")[2])))
    keys = _At(Endpoint("127.0.0.1", running.auth.http_port))
    return _RealUpstreams(auth, (at["analytics"],), at["sync"], keys)


async def taken(gateway: Gateway, token: str) -> set[str]:
    """Name the services that take a token which came through the gateway."""
    found = set()
    for name, path in PATHS.items():
        answer = await asyncio.to_thread(gateway.call, "GET", path, token=token)
        if answer.status != 401:
            found.add(name)
        else:
            assert answer.reason == "TOKEN_STALE"
    return found


@pytest.fixture
def stores(mongo_url: str, cache_url: str, queue_url: str, mongo_database: str) -> Stores:
    return Stores(mongo_url, cache_url, queue_url, mongo_database)


async def test_a_revoked_token_is_refused_through_the_gateway(
    stores: Stores, tmp_path: Path
) -> None:
    """Envoy has verified it before and takes it on; each service refuses it with TOKEN_STALE."""
    async with product(stores, every_seconds=0.3) as running:
        gateway = Gateway(tmp_path, upstreams_of(running), factor=LOAD_FACTOR)
        await asyncio.to_thread(gateway.__enter__)
        try:
            tokens, other = await running.auth.sign_up(), await running.auth.log_in()
            assert await taken(gateway, tokens.access_token) == set(PATHS)
            await sign_out(running, tokens)
            ends = time.monotonic() + SECONDS
            while await taken(gateway, tokens.access_token):
                assert time.monotonic() < ends, "still taken"
                await asyncio.sleep(0.05)
            assert await taken(gateway, other.access_token) == set(PATHS)
        finally:
            await asyncio.to_thread(gateway.__exit__)
