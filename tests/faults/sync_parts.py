"""Sync with real workers in processes of their own, real stores, and a twin in the test's loop."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from pydantic import SecretStr
from redis.asyncio import Redis

from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.settings import Mongo
from services.kernel.audit import Actor
from services.kernel.connection import Source
from services.kernel.documents import CONNECTION_STATES, ISSUES, Document
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.sync_job import JobState, Mode, SyncJob
from services.sync.connecting import Offered
from services.sync.connections import Connections
from services.sync.credentials import Vault
from services.sync.domain.selection import Selection
from services.sync.domain.site import Site, site_of
from services.sync.domain.wanted import Wanted
from services.sync.jobs import Jobs
from services.sync.queue import job_queue
from services.sync.sources.jira_cloud import Credential
from services.sync.sources.sites import Sites
from services.sync.sources.transport import site_sessions
from services.sync.store.connections import Connection, ConnectionStore
from services.sync.store.database import make_indexes
from services.sync.store.jobs import JobStore
from services.sync.store.remains import RemainsStore
from tests.auth_stand_in import NOBODY
from tests.faults.waiting import until
from tests.stores import free_port
from twin.serving import Running
from twin.site import ACCEPTED_TOKEN

ROOT = Path(__file__).parents[2]
WORKSPACE = WorkspaceId("wsp_1")
MASTER = Fernet.generate_key().decode()
# As long as Kubernetes gives a process to end.
STOP_SECONDS = 30.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stores and the site are, and what a workspace may do there."""

    environment: dict[str, str]
    database: mongo.Database
    redis: Redis
    twin: Running
    connections: Connections
    jobs: Jobs
    log: Path
    workers: list["Worker"] = field(default_factory=list)

    def worker(self) -> "Worker":
        """Start a worker; it is ended with the place."""
        started = Worker(self.environment, self.log)
        self.workers.append(started)
        return started

    async def connect(self, name: str = "site") -> Connection:
        """Connect the twin."""
        site = site_of(self.twin.origin, registered=[self.twin.origin])
        credential = Credential("ann@example.com", ACCEPTED_TOKEN)
        offered = Offered(name, Source.JIRA_CLOUD, site, credential, Selection())
        return await self.connections.create(Actor(UserId("usr_1"), WORKSPACE), offered)

    async def start(self, connection: Connection, mode: Mode | None = None) -> SyncJob:
        """Ask for a sync."""
        return await self.jobs.start(WORKSPACE, connection.connection_id, Wanted(mode), "")

    async def job(self, job: SyncJob) -> SyncJob:
        """Give a job as it is now."""
        return await self.jobs.get(WORKSPACE, job.job_id)

    async def until_state(self, job: SyncJob, *states: JobState) -> SyncJob:
        """Wait until a job is in one of these states."""

        async def there() -> SyncJob | None:
            found = await self.job(job)
            return found if found.state in states else None

        return await self.until_there(there)

    async def finished(self, job: SyncJob) -> SyncJob:
        """Wait until a job has succeeded; any other end is an error."""
        found = await self.until_state(job, JobState.SUCCEEDED, JobState.FAILED)
        assert found.state is JobState.SUCCEEDED, (found, self.said)
        return found

    async def until_there(self, look: Callable[[], Awaitable[T | None]]) -> T:
        """Wait until something is there."""
        found: T = await until(look, lambda: self.said)
        return found

    async def stored(self, connection: Connection) -> dict[str, Document]:
        """Give what is stored of a connection's issues, by issue id."""
        found = self.database[ISSUES].find({"connection_id": connection.connection_id})
        documents = await found.to_list()
        return {document["issue_id"]: document for document in documents}

    async def state(self, connection: Connection) -> Document:
        """Give a connection's state."""
        found = await self.database[CONNECTION_STATES].find_one({"_id": connection.connection_id})
        assert found is not None
        return found

    async def queue_job(self) -> dict[str, str]:
        """Give the only job in the queue as BullMQ keeps it."""
        ids = [name async for name in self.redis.scan_iter("bull:sync:[0-9]*")]
        [key] = [name for name in ids if not name.endswith(b":lock")]
        found: dict[Any, Any] = await self.redis.hgetall(key)
        return {name.decode(): value.decode() for name, value in found.items()}

    @property
    def said(self) -> str:
        """What the workers logged last."""
        return self.log.read_text(errors="replace")[-4000:]


class Worker:
    """A worker's process."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.http_port = free_port()
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.sync.worker"],
                cwd=ROOT,
                env={**os.environ, **environment, "HTTP_PORT": str(self.http_port)},
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, and to nothing else."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill it with -9, wherever it is."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    async def stop(self) -> int:
        """Tell it to stop; gives its exit code, TimeoutExpired where it takes too long."""
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, STOP_SECONDS)


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the stores are."""

    mongo_url: str
    queue_url: str
    cache_url: str
    queue_replicas: int = 0


def _connections(opened: mongo.Database, sites: Sites, twin: Running) -> Connections:
    async def check(site: Site, credential: Credential, question: str) -> None:
        await sites.at(site, credential).check(question)

    return Connections(
        ConnectionStore(opened),
        RemainsStore(opened),
        Vault([MASTER]),
        check=check,
        site_of=partial(site_of, registered=[twin.origin]),
        clock=system_clock,
    )


@asynccontextmanager
async def place(
    stores: Stores, *, database: str, twin: Running, folder: Path
) -> AsyncIterator[Place]:
    """Open the stores; workers that were started are ended at the end."""
    environment = {
        **NOBODY,
        "MONGO_URL": stores.mongo_url,
        "MONGO_DATABASE": database,
        "REDIS_QUEUE_URL": stores.queue_url,
        "REDIS_CACHE_URL": stores.cache_url,
        "MASTER_KEYS": MASTER,
        "EXTRA_SITES": twin.origin,
        "DRAIN_NOTICE_SECONDS": "0",
    }
    settings = Mongo(url=SecretStr(stores.mongo_url), database=database)
    async with (
        mongo.connect(settings) as opened,
        job_queue(stores.queue_url, stores.queue_replicas) as queue,
        site_sessions() as sessions,
        Redis.from_url(stores.queue_url) as redis,
    ):
        await make_indexes(opened)
        connections = _connections(opened, Sites(sessions, system_clock), twin)
        jobs = Jobs(JobStore(opened), connections, queue, system_clock)
        (log := folder / "workers.log").touch()
        made = Place(environment, opened, redis, twin, connections, jobs, log)
        with ExitStack() as ending:
            ending.callback(_end, made.workers)
            yield made


def _end(workers: list[Worker]) -> None:
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()
