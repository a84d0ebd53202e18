"""The queue alone over a real server: hands that do as a test wants, and what the server keeps."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId
from services.sync.queue import JobQueue, job_queue, working
from tests.faults.waiting import until

PLACES = ("wait", "active", "prioritized", "delayed", "failed", "completed")
LISTS = ("wait", "active")


@dataclass
class Hands:
    """Handles jobs: notes each, and lets it last until it is let go."""

    begun: list[tuple[ConnectionId, int]] = field(default_factory=list)
    ended: Counter[ConnectionId] = field(default_factory=Counter)
    lost: list[ConnectionId] = field(default_factory=list)
    raising: list[Exception] = field(default_factory=list)
    _gates: dict[ConnectionId, asyncio.Event] = field(default_factory=dict)
    held: bool = True

    async def handle(self, connection_id: ConnectionId, attempt: int) -> None:
        """Handle a job."""
        self.begun.append((connection_id, attempt))
        if self.held:
            await self._gate(connection_id).wait()
        self.ended[connection_id] += 1
        if self.raising:
            raise self.raising.pop(0)

    async def lose(self, connection_id: ConnectionId) -> None:
        """Hear of a job that failed for good."""
        self.lost.append(connection_id)

    def let_go(self, *connection_ids: ConnectionId) -> None:
        """Let jobs come to their end."""
        for connection_id in connection_ids:
            self._gate(connection_id).set()

    def _gate(self, connection_id: ConnectionId) -> asyncio.Event:
        return self._gates.setdefault(connection_id, asyncio.Event())

    def times(self) -> Counter[ConnectionId]:
        """Tell how often each connection's job was begun."""
        return Counter(connection_id for connection_id, _ in self.begun)


@dataclass(frozen=True, slots=True)
class Line:
    """A queue of a test's own."""

    url: str
    jobs: JobQueue
    redis: Redis

    @asynccontextmanager
    async def at_work(
        self, hands: Hands, *, concurrency: int = 20
    ) -> AsyncIterator[asyncio.Task[None]]:
        """Work until left."""
        async with working(
            self.url, hands.handle, hands.lose, clock=system_clock, concurrency=concurrency
        ) as task:
            yield task

    async def counts(self) -> dict[str, int]:
        """Tell how many jobs there are in each of BullMQ's places that has any."""
        # In one step: what moves from one place to another meanwhile is in one of them.
        async with self.redis.pipeline(transaction=True) as looks:
            for name in PLACES:
                (looks.llen if name in LISTS else looks.zcard)(f"bull:sync:{name}")
            found = zip(PLACES, await looks.execute(), strict=True)
        return {name: int(amount) for name, amount in found if amount}

    async def key(self, connection_id: ConnectionId) -> str:
        """Give the key of a connection's job; of none where it is out of the queue."""
        job_id = await self.redis.get(f"bull:sync:de:{connection_id}")
        return f"bull:sync:{job_id.decode() if isinstance(job_id, bytes) else job_id}"

    async def kept(self, connection_id: ConnectionId) -> dict[str, str]:
        """Give a connection's job as BullMQ keeps it; nothing where it is out of the queue."""
        fields: dict[Any, Any] = await self.redis.hgetall(await self.key(connection_id))
        return {name.decode(): value.decode() for name, value in fields.items()}

    async def deaths(self, connection_id: ConnectionId) -> int:
        """Tell how many deaths count against a connection's job."""
        kept = await self.kept(connection_id)
        return min(int(kept.get("stc", 0)), int(kept.get("begun", 0)) + 1)

    async def until_counts(self, **wanted: int) -> None:
        """Wait until there are just so many jobs in each place."""

        async def there() -> bool:
            return await self.counts() == wanted

        await until(there, lambda: f"{wanted} was wanted")


@asynccontextmanager
async def line(url: str) -> AsyncIterator[Line]:
    """Open an empty queue."""
    async with Redis.from_url(url) as redis, job_queue(url) as jobs:
        await redis.flushdb()
        yield Line(url, jobs, redis)


def connections(amount: int) -> list[ConnectionId]:
    """Name some connections."""
    return [ConnectionId(f"con_{number:03}") for number in range(amount)]
