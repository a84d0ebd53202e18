"""An empty queue on a real server, and a hand that works at its jobs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest_asyncio
from redis.asyncio import Redis

from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId, WorkspaceId
from services.sync.domain.lanes import Lane
from services.sync.queue import JobQueue, job_queue, working

ONE, TWO = ConnectionId("con_1"), ConnectionId("con_2")
_databases = count(1)


@dataclass
class Hand:
    """Handles jobs; what stands in `raising` is raised, once each time."""

    raising: list[Exception] = field(default_factory=list)
    handled: list[tuple[ConnectionId, int]] = field(default_factory=list)
    lost: list[ConnectionId] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    then: Callable[[], Awaitable[None]] | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, connection_id: ConnectionId, attempt: int) -> None:
        """Handle a job; it lasts until the gate is open."""
        self.handled.append((connection_id, attempt))
        self.times.append(system_clock())
        self.entered.set()
        await self.gate.wait()
        if self.then is not None:
            await self.then()
        if self.raising:
            raise self.raising.pop(0)

    async def lose(self, connection_id: ConnectionId) -> None:
        """Hear of a job that failed for good."""
        self.lost.append(connection_id)

    async def until(self, amount: int) -> None:
        """Wait until so many were handled."""
        for _ in range(750):
            if len(self.handled) >= amount:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.handled} and no more")


@dataclass(frozen=True, slots=True)
class Bench:
    """An empty queue, and its server."""

    url: str
    jobs: JobQueue
    redis: Redis
    hand: Hand = field(default_factory=Hand)

    @asynccontextmanager
    async def at_work(self, concurrency: int = 2) -> AsyncIterator[asyncio.Task[None]]:
        """Work until left."""
        async with working(
            self.url, self.hand.handle, self.hand.lose, clock=system_clock, concurrency=concurrency
        ) as task:
            yield task


@pytest_asyncio.fixture
async def bench(queue_url: str) -> AsyncIterator[Bench]:
    """Give an empty queue of the test's own."""
    url = f"{queue_url.removesuffix('/0')}/{next(_databases) % 15 + 1}"
    async with Redis.from_url(url) as redis, job_queue(url) as jobs:
        await redis.flushdb()
        made = Bench(url, jobs, redis)
        made.hand.gate.set()
        yield made


def named(workspace: int, number: int = 0) -> ConnectionId:
    """Name a connection of a workspace."""
    return ConnectionId(f"con_{workspace}_{number}")


def workspace_of(connection_id: ConnectionId) -> int:
    """Tell whose a connection is."""
    return int(connection_id.split("_")[1])


async def put(bench: Bench, workspace: int, number: int = 0, lane: Lane = Lane.REFRESH) -> None:
    """Put a connection of a workspace."""
    await bench.jobs.put(named(workspace, number), lane, WorkspaceId(f"ws_{workspace}"))
