"""The sync API on a free port, over real stores, with a twin to sync from and a worker to do it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from cryptography.fernet import Fernet
from pydantic import SecretStr

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from jira_analytics.sync.v1.connection_pb2_grpc import ConnectionServiceStub
from jira_analytics.sync.v1.internal_pb2_grpc import InternalServiceStub
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceStub
from services.chassis import mongo
from services.chassis.settings import Drain, Jwks, Listen, Mongo
from services.sync import worker
from services.sync.__main__ import running
from services.sync.settings import Extra, Master, Redis, SyncSettings, WorkerSettings
from tests.auth_stand_in import AuthStandIn, auth_stand_in
from tests.edge.minting import Mint
from tests.edge.upstreams import KeyServer
from twin import serving as twins
from twin.world import World

MASTER = Fernet.generate_key().decode()
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SyncStores:
    """Where the stores are."""

    mongo_url: str
    queue_url: str
    cache_url: str
    database: str

    @property
    def mongo(self) -> Mongo:
        """Say where the database is, as settings do."""
        return Mongo(url=SecretStr(self.mongo_url), database=self.database)

    @property
    def redis(self) -> Redis:
        """Say where both Redis are, as settings do."""
        return Redis(queue_url=SecretStr(self.queue_url), cache_url=SecretStr(self.cache_url))


@dataclass(frozen=True, slots=True)
class Sync:
    """A running API, its callers, and the site behind it."""

    connections: Any
    sync: Any
    mint: Mint
    auth: AuthStandIn
    twin: twins.Running
    stores: SyncStores
    database: mongo.Database
    extra: Extra
    internal: Any = None
    port: int = 0

    def caller(self, workspace: str = "wsp_1", role: str = "OWNER", **claims: Any) -> Any:
        """Give the metadata of a person in a workspace."""
        token = self.mint.token(wid=workspace, role=role, **claims)
        return (("authorization", f"Bearer {token}"),)

    async def ask(self, request: Any, workspace: str = "wsp_1", **claims: Any) -> Any:
        """Ask what the request's name says."""
        name = type(request).__name__.removesuffix("Request")
        stub = self.connections if hasattr(self.connections, name) else self.sync
        return await getattr(stub, name)(
            request, metadata=self.caller(workspace, **claims), timeout=20
        )

    def offered(self, name: str = "site", **fields: Any) -> connections_pb.CreateConnectionRequest:
        """Make a request that the twin's site is connected."""
        values = {
            "name": name,
            "source": connections_pb.Connection.JIRA_CLOUD,
            "site_url": self.twin.origin,
            "email": "ann@example.com",
            "api_token": self.twin.site.token,
        }
        return connections_pb.CreateConnectionRequest(**{**values, **fields})

    async def connect(
        self, name: str = "site", workspace: str = "wsp_1", **fields: Any
    ) -> connections_pb.Connection:
        """Connect the twin's site."""
        made: connections_pb.Connection = await self.ask(self.offered(name, **fields), workspace)
        return made

    async def start(self, connection_id: str = "", workspace: str = "wsp_1", **fields: Any) -> Any:
        """Start a sync."""
        return await self.ask(pb.StartSyncRequest(connection_id=connection_id, **fields), workspace)

    async def watched(self, job: pb.SyncJob, workspace: str = "wsp_1") -> list[pb.SyncJob]:
        """Watch a job to its end."""
        call = self.sync.WatchSyncJob(
            pb.WatchSyncJobRequest(job_id=job.id),
            metadata=self.caller(workspace),
            timeout=PATIENCE_SECONDS,
        )
        return [shown async for shown in call]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run a worker until left."""
        stores = self.stores
        settings = WorkerSettings(
            http=Listen(port=0),
            mongo=stores.mongo,
            redis=stores.redis,
            master=Master(keys=SecretStr(MASTER)),
            auth=self.auth.auth,
            client=self.auth.client("sync"),
            extra=self.extra,
        )
        async with worker.running(settings):
            yield


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; AssertionError where it does not come."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < ends, "this did not happen"
        await asyncio.sleep(0.02)


def _settings(stores: SyncStores, keys: KeyServer, auth: AuthStandIn, extra: Extra) -> SyncSettings:
    return SyncSettings(
        grpc=Listen(port=0),
        http=Listen(port=0),
        mongo=stores.mongo,
        jwks=Jwks(url=keys.url),
        redis=stores.redis,
        master=Master(keys=SecretStr(MASTER)),
        auth=auth.auth,
        client=auth.client("sync"),
        extra=extra,
        drain=Drain(notice_seconds=0, grace_seconds=1),
    )


@asynccontextmanager
async def sync_service(
    stores: SyncStores,
    *,
    world: World | None = None,
    other_sites: tuple[str, ...] = (),
    hook_ca: str | None = None,
) -> AsyncIterator[Sync]:
    """Run the API; everything is stopped at the end."""
    mint = Mint()
    async with AsyncExitStack() as stack:
        stack.callback((keys := KeyServer(mint.jwks)).stop)
        auth = await stack.enter_async_context(auth_stand_in(mint))
        twin = await stack.enter_async_context(twins.running(world, hook_ca=hook_ca))
        extra = Extra(sites=(twin.origin, *other_sites))
        port = await stack.enter_async_context(running(_settings(stores, keys, auth, extra)))
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        database = await stack.enter_async_context(mongo.connect(stores.mongo))
        yield Sync(
            ConnectionServiceStub(channel),
            SyncServiceStub(channel),
            mint,
            auth,
            twin,
            stores,
            database,
            extra,
            InternalServiceStub(channel),
            port,
        )
