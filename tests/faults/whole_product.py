"""Auth twice, analytics and the sync API over the same stores, as they stand behind the gateway."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from pydantic import SecretStr

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.analytics.v1.analytics_pb2_grpc import AnalyticsServiceStub
from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.sync.v1 import connection_pb2
from jira_analytics.sync.v1.connection_pb2_grpc import ConnectionServiceStub
from services.analytics import __main__ as analytics
from services.analytics.settings import AnalyticsSettings
from services.auth.settings import ErasingSettings, NewsSettings, ServicesSettings
from services.chassis.redis import CacheSettings
from services.chassis.settings import (
    Auth as AuthAddress,
)
from services.chassis.settings import (
    Client,
    Drain,
    Jwks,
    Listen,
    Mongo,
    RevocationSettings,
)
from services.sync import __main__ as sync
from services.sync.settings import Master, Redis, SyncSettings
from tests.auth_stand_in import SECRET
from tests.rpc.auth_service import MASTER, Auth, auth_service, refusal_of
from tests.stores import free_port

ACCEPTED = "accepted"
# What a token that is refused is refused for.
REFUSED = {"TOKEN_STALE", "TOKEN_INVALID"}


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the stores are; `cache_url` is where news go."""

    mongo_url: str
    cache_url: str
    queue_url: str
    database: str


@dataclass(frozen=True, slots=True)
class Product:
    """The services, by name; each is asked with a token whether it takes it."""

    auth: Auth
    ports: dict[str, int]
    asks: dict[str, Callable[[str], Awaitable[Any]]]
    opened: AsyncExitStack
    stores: Stores
    options: dict[str, Any] = field(default_factory=dict)

    async def said(self, name: str, token: str) -> str:
        """Ask a service with a token; gives "accepted", or for what reason the call failed."""
        try:
            await self.asks[name](token)
        except grpc.aio.AioRpcError as error:
            return refusal_of(error).reason
        return ACCEPTED

    async def takes(self, name: str, token: str) -> bool:
        """Tell whether a service takes a token, whatever else it then answers."""
        return await self.said(name, token) not in REFUSED

    async def taken_by(self, token: str) -> set[str]:
        """Name the services that take a token."""
        return {name for name in self.asks if await self.takes(name, token)}

    async def refused_within(self, token: str, seconds: float) -> float:
        """Wait until no service takes a token; gives how long that took, in seconds."""
        began = time.monotonic()
        while taking := await self.taken_by(token):
            waited = time.monotonic() - began
            assert waited < seconds, f"taken by {taking} after {waited:.1f} s"
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def add(self, name: str) -> str:
        """Start another analytics process; gives its name."""
        told = analytics_settings(self.auth, self.stores, **self.options)
        if name in self.ports:
            told = told.model_copy(update={"grpc": Listen(port=self.ports[name])})
        port = await self.opened.enter_async_context(analytics.running(told))
        channel = await self.opened.enter_async_context(_channel(port))
        self.asks[name] = _asking(channel)["analytics"]
        self.ports[name] = port
        return name


def _shared(auth: Auth, stores: Stores, client: str, every_seconds: float) -> dict[str, Any]:
    return {
        "grpc": Listen(port=0),
        "http": Listen(port=0),
        "mongo": Mongo(
            url=SecretStr(stores.mongo_url), database=stores.database, timeout_seconds=1
        ),
        "jwks": Jwks(url=f"http://127.0.0.1:{auth.http_port}/.well-known/jwks.json"),
        "auth": AuthAddress(address=auth.address),
        "client": Client(id=client, secret=SecretStr(SECRET)),
        "drain": Drain(notice_seconds=0, grace_seconds=1),
        "revocations": RevocationSettings(every_seconds=every_seconds),
    }


def analytics_settings(auth: Auth, stores: Stores, *, every_seconds: float) -> AnalyticsSettings:
    """Say what an analytics process is told."""
    cache = CacheSettings(cache_url=SecretStr(stores.cache_url))
    return AnalyticsSettings(**_shared(auth, stores, "analytics", every_seconds), redis=cache)


def sync_settings(auth: Auth, stores: Stores, *, every_seconds: float) -> SyncSettings:
    """Say what a sync API is told."""
    return SyncSettings(
        **_shared(auth, stores, "sync", every_seconds),
        redis=Redis(queue_url=SecretStr(stores.queue_url), cache_url=SecretStr(stores.cache_url)),
        master=Master(keys=SecretStr(MASTER)),
    )


def _channel(port: int) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(f"127.0.0.1:{port}")


def _asking(channel: grpc.aio.Channel) -> dict[str, Callable[[str], Awaitable[Any]]]:
    """Give a call of each service that any member of a workspace may make."""
    figures, connections = AnalyticsServiceStub(channel), ConnectionServiceStub(channel)

    def by(token: str) -> Any:
        return {"metadata": (("authorization", f"Bearer {token}"),), "timeout": 10}

    return {
        "analytics": lambda token: figures.GetExecutiveSummary(
            analytics_pb2.GetExecutiveSummaryRequest(), **by(token)
        ),
        "sync": lambda token: connections.ListConnections(
            connection_pb2.ListConnectionsRequest(), **by(token)
        ),
    }


@asynccontextmanager
async def product(stores: Stores, *, every_seconds: float) -> AsyncIterator[Product]:
    """Run the services; what was revoked is read again so often. All are stopped at the end."""
    ports = {"analytics": free_port(), "sync": free_port()}
    own: dict[str, Any] = {
        "redis": NewsSettings(cache_url=SecretStr(stores.cache_url)),
        "revocations": RevocationSettings(every_seconds=every_seconds),
        "services": ServicesSettings(
            sync_address=f"127.0.0.1:{ports['sync']}",
            analytics_address=f"127.0.0.1:{ports['analytics']}",
        ),
        "erasing": ErasingSettings(every_seconds=0.2, lease_seconds=5.0),
    }
    async with AsyncExitStack() as opened:
        auths = [
            await opened.enter_async_context(auth_service(stores.mongo_url, stores.database, **own))
            for _ in range(2)
        ]
        first, other = auths
        told = {"every_seconds": every_seconds}
        made = Product(first, ports, {}, opened, stores, told)
        made.asks["auth"] = first.me
        made.asks["other auth"] = other.me
        await made.add("analytics")
        of_sync = sync_settings(first, stores, **told)
        of_sync = of_sync.model_copy(update={"grpc": Listen(port=ports["sync"])})
        port = await opened.enter_async_context(sync.running(of_sync))
        channel = await opened.enter_async_context(_channel(port))
        made.asks["sync"] = _asking(channel)["sync"]
        yield made


async def sign_out(product: Product, tokens: auth_pb2.Tokens) -> None:
    """End a session at the first auth."""
    metadata = (("authorization", f"Bearer {tokens.access_token}"),)
    await product.auth.stub.Logout(auth_pb2.LogoutRequest(), metadata=metadata)
