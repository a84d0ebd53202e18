"""Sync as a user meets it: its API and its workers as processes, its site in the test's loop.

Nothing here imports the service. What is asked goes through its RPCs; what is stored is read from
the two collections that services share, and from `jobs`, of which a document must not change.
"""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from aiohttp import web
from cryptography.fernet import Fernet
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1.connection_pb2_grpc import ConnectionServiceStub
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceStub
from tests.auth_stand_in import auth_stand_in
from tests.edge.minting import Mint
from tests.faults.processes import Process, ended_at_last
from tests.faults.sync_parts import Stores
from tests.faults.waiting import until
from tests.stores import free_port
from twin.calls import Calls
from twin.serving import Running, running
from twin.site import ACCEPTED_TOKEN

CALL_SECONDS = 20.0
Document = dict[str, Any]
Job = sync_pb2.SyncJob
FINAL = (Job.SUCCEEDED, Job.FAILED, Job.CANCELLED)


class TimedCalls(Calls):
    """Counts a site's calls, and remembers when each was answered."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[tuple[float, str]] = []  # seconds since 1970, status

    def note(self, request: web.Request, status: str) -> None:
        """Count one call of the site."""
        super().note(request, status)
        self.answered.append((time.time(), status))

    def after(self, instant: float) -> list[tuple[float, str]]:
        """List the calls that were answered after an instant, in seconds since 1970."""
        return [call for call in self.answered if call[0] > instant]


@dataclass(frozen=True, slots=True)
class Product:
    """A running sync API, and what a user may do with it."""

    environment: dict[str, str]
    database: AsyncDatabase[Document]
    twin: Running
    calls: TimedCalls
    connections: Any
    sync: Any
    metadata: tuple[tuple[str, str], ...]
    log: Path
    processes: list[Process]

    @property
    def said(self) -> str:
        """What the processes logged last."""
        return self.log.read_text(errors="replace")[-4000:]

    def worker(self) -> Process:
        """Start a worker; it is ended with the product."""
        started = Process("services.sync.worker", self.environment, self.log)
        self.processes.append(started)
        return started

    async def connect(self, name: str = "site", *, site_url: str = "") -> str:
        """Connect a site, by default the twin; gives the connection's id."""
        request = connection_pb2.CreateConnectionRequest(
            name=name,
            source=connection_pb2.Connection.JIRA_CLOUD,
            site_url=site_url or self.twin.origin,
            email="ann@example.com",
            api_token=ACCEPTED_TOKEN,
        )
        made = await self.connections.CreateConnection(
            request, metadata=self.metadata, timeout=CALL_SECONDS, wait_for_ready=True
        )
        return str(made.id)

    async def connection(self, connection_id: str) -> connection_pb2.Connection:
        """Show a connection."""
        request = connection_pb2.GetConnectionRequest(connection_id=connection_id)
        found: connection_pb2.Connection = await self.connections.GetConnection(
            request, metadata=self.metadata, timeout=CALL_SECONDS
        )
        return found

    async def start(
        self, connection_id: str, mode: Job.Mode.ValueType = Job.MODE_UNSPECIFIED
    ) -> Job:
        """Ask for a sync."""
        request = sync_pb2.StartSyncRequest(connection_id=connection_id, mode=mode)
        job: Job = await self.sync.StartSync(request, metadata=self.metadata, timeout=CALL_SECONDS)
        return job

    async def job(self, job: Job) -> Job:
        """Show a job as it is now."""
        found: Job = await self.sync.GetSyncJob(
            sync_pb2.GetSyncJobRequest(job_id=job.id), metadata=self.metadata, timeout=CALL_SECONDS
        )
        return found

    async def until(self, job: Job, *states: int) -> Job:
        """Wait until a job is in one of these states."""

        async def there() -> Job | None:
            found = await self.job(job)
            return found if found.state in states else None

        found: Job = await until(there, lambda: self.said)
        return found

    async def until_done(self, job: Job, issues: int) -> Job:
        """Wait until a job has stored this many issues; it may have ended by then."""

        async def there() -> Job | None:
            found = await self.job(job)
            done = found.progress.issues_done >= issues or found.state in FINAL
            return found if done else None

        found: Job = await until(there, lambda: self.said)
        return found

    async def until_hanging(self) -> None:
        """Wait until calls hang in every fault that was asked for."""

        async def there() -> bool:
            return not self.twin.site.faults.left()

        await until(there, lambda: self.said)

    async def succeeded(self, job: Job) -> Job:
        """Wait until a job has succeeded; any other end is an error."""
        found = await self.until(job, *FINAL)
        assert found.state == Job.SUCCEEDED, (found, self.said)
        return found

    async def document(self, collection: str, document_id: str) -> Document:
        """Give a document as it is stored."""
        found = await self.database[collection].find_one({"_id": document_id})
        assert found is not None
        return found

    async def issues(self, connection_id: str) -> list[Document]:
        """Give what is stored of a connection's issues, by id."""
        found = self.database["issues"].find({"connection_id": connection_id})
        return await found.sort("_id", 1).to_list()


@asynccontextmanager
async def product(
    stores: Stores, *, database: str, folder: Path, more_sites: tuple[str, ...] = (), **claims: Any
) -> AsyncIterator[Product]:
    """Run the API over stores and a twin until left; its caller's token says `claims`."""
    mint, log = Mint(), folder / "processes.log"
    log.touch()
    async with AsyncExitStack() as stack:
        twin = await stack.enter_async_context(running())
        twin.site.calls = calls = TimedCalls()
        port = free_port()
        auth = await stack.enter_async_context(auth_stand_in(mint))
        environment = {
            **auth.environment("sync"),
            "MONGO_URL": stores.mongo_url,
            "MONGO_DATABASE": database,
            "REDIS_QUEUE_URL": stores.queue_url,
            "REDIS_CACHE_URL": stores.cache_url,
            "MASTER_KEYS": Fernet.generate_key().decode(),
            "EXTRA_SITES": ",".join((twin.origin, *more_sites)),
            "DRAIN_NOTICE_SECONDS": "0",
            "GRPC_PORT": str(port),
            "JWKS_URL": await stack.enter_async_context(_published(mint)),
        }
        client: AsyncMongoClient[Document] = AsyncMongoClient(stores.mongo_url)
        stack.push_async_callback(client.close)
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        processes = stack.enter_context(ended_at_last())
        api = Process("services.sync", environment, log)
        processes.append(api)
        yield Product(
            environment=environment,
            database=client[database],
            twin=twin,
            calls=calls,
            connections=ConnectionServiceStub(channel),
            sync=SyncServiceStub(channel),
            metadata=(("authorization", f"Bearer {mint.token(role='OWNER', **claims)}"),),
            log=log,
            processes=processes,
        )


@asynccontextmanager
async def _published(mint: Mint) -> AsyncIterator[str]:
    """Publish a key set as auth does; gives its address."""

    async def keys(_request: web.Request) -> web.Response:
        return web.Response(body=mint.jwks, content_type="application/json")

    app = web.Application()
    app.router.add_get("/.well-known/jwks.json", keys)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "http://{}:{}/.well-known/jwks.json".format(*runner.addresses[0])
    finally:
        await runner.cleanup()
