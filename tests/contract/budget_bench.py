"""An empty budget on a real server, as several workers see it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count

import pytest_asyncio
from redis.asyncio import Redis

from services.kernel.ids import WorkspaceId
from services.sync.budget.buckets import Buckets, Payer, Verdict
from services.sync.domain.lanes import Lane
from services.sync.domain.limits_said import Refusal, Room, Scope
from services.sync.domain.rates import rate_of

SITE, OTHER = "https://one.atlassian.net", "https://two.atlassian.net"
SEARCH, STATUS = "POST /rest/api/3/search/jql", "GET /rest/api/3/status"
ONE = WorkspaceId("ws_1")
RATE = rate_of(SEARCH)
_databases = count(1)


def payer(lane: Lane = Lane.REFRESH, workspace_id: str = ONE) -> Payer:
    """Name who pays."""
    return Payer(WorkspaceId(workspace_id), lane)


@dataclass
class Bench:
    """A budget, as several workers see it: each with connections of its own."""

    redis: Redis
    workers: list[Buckets]
    granted: list[int] = field(default_factory=list)

    async def take(
        self,
        *,
        site: str = SITE,
        call: str = SEARCH,
        lane: Lane = Lane.REFRESH,
        workspace_id: str = ONE,
        worker: int = 0,
    ) -> Verdict:
        """Ask for a token."""
        return await self.workers[worker].take(site, call, payer(lane, workspace_id))

    async def refused(self, reason: str, scope: Scope, milliseconds: int | None) -> int:
        """Hear a refusal of a search, by the last worker."""
        said = Refusal(reason, scope, milliseconds)
        return await self.workers[-1].refused(SITE, SEARCH, said)

    async def heard(self, room: Room, *, cost: int = 1, workspace_id: str = ONE) -> None:
        """Hear an answer to a search."""
        who = payer(workspace_id=workspace_id)
        await self.workers[-1].heard(SITE, SEARCH, who, cost=cost, room=room)

    async def at_once(self, rate: float = RATE) -> float:
        """Take what there is without waiting; gives how much that is, but for what came meanwhile.

        `rate` is how much comes a second.
        """
        began = (await self.workers[0].look(SITE, STATUS, payer())).now_microseconds
        for taken in range(1000):
            verdict = await self.take()
            if verdict.reason or verdict.wait_milliseconds:
                return taken - rate * (verdict.now_microseconds - began) / 1_000_000
        raise AssertionError("no end of it")

    async def moved(self, name: str, key: str, milliseconds: int) -> None:
        """Make an instant that is kept lie elsewhere: so time passes at once."""
        held = float(await self.redis.hget(name, key) or 0)
        await self.redis.hset(name, key, str(held + milliseconds))


@pytest_asyncio.fixture
async def bench(queue_url: str) -> AsyncIterator[Bench]:
    """Give an empty budget, and four workers' connections to it."""
    url = f"{queue_url.removesuffix('/0')}/{next(_databases) % 15 + 1}"
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Redis.from_url(url)) for _ in range(4)]
        await clients[0].flushdb()
        yield Bench(clients[0], [Buckets(each) for each in clients])
