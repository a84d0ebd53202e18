"""Two processes of auth, analytics and Envoy, all of which hold signing keys for seconds at most.

The times are short and the rule is the same: a key is published twice as long as it is held before
it signs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import grpc
from pydantic import SecretStr

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.auth.v1 import auth_pb2
from services.analytics.__main__ import running
from services.analytics.settings import AnalyticsSettings
from services.auth.settings import KeySettings
from services.chassis.redis import CacheSettings
from services.chassis.settings import Auth as AuthAddress
from services.chassis.settings import Client, Drain, Jwks, Listen, Mongo
from services.gateway.deployment import Endpoint
from services.gateway.methods import Upstream
from services.gateway.policy import LOAD_FACTOR, POLICY_FILE
from tests.auth_stand_in import SECRET
from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import LOCALHOST, Memory, Service, Upstreams
from tests.rpc.auth_service import Auth, auth_service

HELD_SECONDS = 3
KEYS = KeySettings(
    notice_seconds=2 * HELD_SECONDS, cache_seconds=HELD_SECONDS, read_seconds=0.2, rotation_days=30
)
ME = "/jira_analytics.auth.v1.AuthService/GetMe"
SUMMARY = "/jira_analytics.analytics.v1.AnalyticsService/GetExecutiveSummary"
# Each way in, by its name: which channel, which method, which request.
WAYS = ("auth-1", "auth-2", "analytics", "gateway to auth", "gateway to analytics")


@dataclass(frozen=True, slots=True)
class _Part:
    """One process, as the gateway finds it."""

    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class _Behind:
    """What stands behind the gateway; the sync service is a stand-in that nobody asks."""

    auth: _Part
    analytics: tuple[_Part, ...]
    sync: Service
    keys: _Part


@dataclass(frozen=True, slots=True)
class Stack:
    """The running processes, and every way to call them."""

    auths: tuple[Auth, Auth]
    channels: dict[str, grpc.aio.Channel]

    async def ask(self, way: str, token: str) -> grpc.StatusCode:
        """Ask for what any person may have; gives what was answered."""
        about_me = "auth" in way
        request = (
            auth_pb2.GetMeRequest() if about_me else analytics_pb2.GetExecutiveSummaryRequest()
        )
        call: Any = self.channels[way].unary_unary(ME if about_me else SUMMARY)
        metadata = (("authorization", f"Bearer {token}"),)
        try:
            await call(request.SerializeToString(), metadata=metadata, timeout=20)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK


def endpoint(address: str) -> Endpoint:
    host, _, port = address.rpartition(":")
    return Endpoint(host, int(port))


@asynccontextmanager
async def analytics(auth: Auth, mongo_url: str, cache_url: str) -> AsyncIterator[str]:
    """Run analytics before a real auth; gives its address."""
    settings = AnalyticsSettings(
        grpc=Listen(port=0),
        http=Listen(port=0),
        mongo=Mongo(url=SecretStr(mongo_url), database=auth.database.name),
        jwks=Jwks(
            url=f"http://{LOCALHOST}:{auth.http_port}/.well-known/jwks.json",
            refresh_seconds=HELD_SECONDS,
        ),
        auth=AuthAddress(address=auth.address),
        client=Client(id="analytics", secret=SecretStr(SECRET)),
        redis=CacheSettings(cache_url=SecretStr(cache_url)),
        drain=Drain(notice_seconds=0, grace_seconds=1),
    )
    async with running(settings) as port:
        yield f"{LOCALHOST}:{port}"


@asynccontextmanager
async def gateway(folder: Path, auth: Auth, analytics_address: str) -> AsyncIterator[Gateway]:
    """Run Envoy before them, its key set cached for seconds."""
    policy = folder / "policy.yaml"
    text = POLICY_FILE.read_text(encoding="utf-8")
    assert "keys_cache_seconds: 300" in text
    policy.write_text(
        text.replace("keys_cache_seconds: 300", f"keys_cache_seconds: {HELD_SECONDS}"),
        encoding="utf-8",
    )
    sync = Service("sync", Upstream.SYNC, Memory())
    behind = _Behind(
        auth=_Part(endpoint(auth.address)),
        analytics=(_Part(endpoint(analytics_address)),),
        sync=sync,
        keys=_Part(Endpoint(LOCALHOST, auth.http_port)),
    )
    started = Gateway(folder, cast(Upstreams, behind), factor=LOAD_FACTOR, policy_file=policy)
    await asyncio.to_thread(started.__enter__)
    try:
        yield started
    finally:
        await asyncio.to_thread(started.__exit__)
        sync.stop()


@asynccontextmanager
async def rotating_stack(
    folder: Path, mongo_url: str, cache_url: str, database: str
) -> AsyncIterator[Stack]:
    """Run all of it until left."""
    async with AsyncExitStack() as stack:
        auths = [
            await stack.enter_async_context(auth_service(mongo_url, database, keys=KEYS))
            for _ in range(2)
        ]
        address = await stack.enter_async_context(analytics(auths[0], mongo_url, cache_url))
        edge = await stack.enter_async_context(gateway(folder, auths[0], address))
        trusted = grpc.ssl_channel_credentials(edge.certificates.authority.read_bytes())
        through = grpc.aio.secure_channel(f"localhost:{edge.port}", trusted)
        channels = {
            "auth-1": auths[0].channel,
            "auth-2": auths[1].channel,
            "analytics": await stack.enter_async_context(grpc.aio.insecure_channel(address)),
            "gateway to auth": await stack.enter_async_context(through),
            "gateway to analytics": through,
        }
        yield Stack((auths[0], auths[1]), channels)
