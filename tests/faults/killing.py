"""Workers killed at named points, one life after the other, and what must hold at the end (Q1).

`python -m tests.faults.killing [SEEDS] [MINUTES]` goes through every point with as many seeds, 200
unless told; a test does it with few. What a life dies of, and at which passing, is by seed.
"""

import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet
from pydantic import SecretStr
from pymongo.errors import PyMongoError
from redis.asyncio import Redis
from rich.progress import Progress

from services.chassis import mongo
from services.chassis.mongo import Database
from services.chassis.settings import Mongo
from services.kernel.documents import CONNECTION_STATES, ISSUES
from services.kernel.errors import StoreUnavailable
from services.kernel.sync_job import JobState
from services.sync.queue import job_queue
from services.sync.store.connections import ConnectionStore
from services.sync.store.database import CONNECTIONS, JOB_PAGES, JOBS, make_indexes
from tests.auth_stand_in import NOBODY
from tests.contract.run_store import connection_named
from tests.faults import mortal_worker
from tests.faults.mortal_worker import HELD, POINTS, STARTERS
from tests.faults.nursery import Child, Nursery, nursery
from tests.faults.queue_parts import Line
from tests.stores import free_port, secantus, valkey

NAMES: Final = [f"{number:02}" for number in range(8)]
AT_ONCE: Final = 3
LOCK_MS: Final = 900
# One that does not come by its point so often is told to stop.
LIFE_SECONDS: Final = 6.0
MOST_PASSINGS: Final = 4
# A transaction that a kill left open holds its connection for a minute.
REST_SECONDS: Final = 130.0
Life = tuple[str, int]  # a point, and at which passing it is fatal


def lives(points: Sequence[str], seeds: Sequence[int]) -> list[Life]:
    """Give each point with each seed, in the order of one of them."""
    found = []
    for seed in seeds:
        rng = random.Random(seed)
        found += [(point, rng.randint(1, MOST_PASSINGS)) for point in points]
    random.Random(seeds[0]).shuffle(found)
    return found


@dataclass(slots=True)
class Killing:
    """A place where workers die: its stores, and connections that are synced all the while."""

    database: Database
    line: Line
    environment: dict[str, str]
    bearing: Nursery
    notes: Path
    living: list[tuple[Child, float]] = field(default_factory=list)

    async def go_through(self, these: Sequence[Life]) -> AsyncIterator[Life]:
        """Let one worker after the other die; gives each death."""
        for life in these:
            point, passing = life
            await self._keep_busy(point if point in STARTERS else "")
            if point not in STARTERS:
                while len(self.living) >= AT_ONCE:
                    await self._bury()
                self._bear(point=point, passing=passing)
            yield life
        while self.living:
            await self._bury()

    def _bear(self, **life: Any) -> None:
        environment = {**self.environment, "HTTP_PORT": str(free_port())}
        arguments = {"environment": environment, "notes": str(self.notes), "lock_ms": LOCK_MS}
        child = self.bearing.bear(mortal_worker.live, **arguments, **life)
        self.living.append((child, time.monotonic() + LIFE_SECONDS))

    async def _bury(self) -> None:
        for child, ends in tuple(self.living):
            if time.monotonic() > ends:
                child.send(signal.SIGTERM)
            if not child.alive:
                self.living.remove((child, ends))
        await asyncio.sleep(0.01)

    async def _keep_busy(self, point: str) -> None:
        """Start a sync of every connection that has none; whoever does may die of it."""
        idle = self.database[CONNECTIONS].find({"active_job": None}, {"_id": 1})
        names = [own["_id"].removeprefix("con_") async for own in idle]
        if names or point:
            started = self.bearing.bear(
                mortal_worker.start,
                environment=self.environment,
                names=names or NAMES[:1],
                point=point,
            )
            await started.ended()

    async def come_to_rest(self) -> None:
        """Let healthy workers do what is left, until there is nothing to do.

        The last to die is who starts a sync, between the database and the queue.
        """
        await self._keep_busy(STARTERS[0])
        for _ in range(AT_ONCE):
            self._bear()

        ends = time.monotonic() + REST_SECONDS
        while time.monotonic() < ends:
            with suppress(StoreUnavailable, PyMongoError):
                if not await self._left_to_do():
                    return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{await self._left_to_do()} are not done; said:\n{self.bearing.said}")

    async def _left_to_do(self) -> list[str]:
        """List jobs that are not over, and where the queue has any."""
        open_states = [state.value for state in JobState if not state.final]
        found = self.database[JOBS].find({"state": {"$in": open_states}})
        left = [f"{job['_id']} {job['state']} of {job['connection_id']}" async for job in found]
        return [*left, *await self.line.counts()]

    async def faults(self) -> list[str]:
        """List what is not as it must be; nothing where all is well."""
        found = [each async for each in self._of_jobs()]
        found += [each async for each in self._of_connections()]
        left = [key async for key in self.line.redis.scan_iter("bull:sync:d[en]:*")]
        found += [f"{key!r} is left in the queue" for key in left]
        return [*found, *self._done_twice()]

    async def _of_jobs(self) -> AsyncIterator[str]:
        async for job in self.database[JOBS].find():
            if job["state"] != JobState.SUCCEEDED.value or not job.get("ended"):
                yield f"{job['_id']} is {job['state']}: {job.get('failure')}"
            if not job["issues_done"] == job["issues_total"] == mortal_worker.ISSUES:
                yield f"{job['_id']} has done {job['issues_done']} of {job['issues_total']}"
        if left := await self.database[JOB_PAGES].count_documents({}):
            yield f"{left} pages of jobs that are over"

    async def _of_connections(self) -> AsyncIterator[str]:
        async for own in self.database[CONNECTIONS].find():
            if own["active_job"] or own["next_job"]:
                yield f"{own['_id']} has a job that nobody does"
            stored = await self.database[ISSUES].count_documents({"connection_id": own["_id"]})
            state = await self.database[CONNECTION_STATES].find_one({"_id": own["_id"]}) or {}
            if not stored == state.get("issue_count") == mortal_worker.ISSUES:
                yield f"{own['_id']} holds {stored} issues, and says {state}"

    def _done_twice(self) -> Iterator[str]:
        noted = [json.loads(line) for line in self.notes.read_text().splitlines()]
        ends = Counter(job for what, job, _, _ in noted if what == "succeed")
        yield from (
            f"{job} has succeeded {times} times" for job, times in ends.items() if times > 1
        )
        changed = Counter[str]()
        for what, _, connection, answer in noted:
            changed[connection] += answer if what == "write_page" else 0
        for connection, times in changed.items():
            # The site never changes: whatever is written a second time was written twice.
            if times > mortal_worker.ISSUES:
                yield f"{connection} was changed {times} times"


@asynccontextmanager
async def killing(
    mongo_url: str, queue_url: str, name: str, folder: Path
) -> AsyncIterator[Killing]:
    """Open a place where workers die; what lives is killed at the end."""
    environment = {
        **NOBODY,
        "MONGO_URL": mongo_url,
        "MONGO_DATABASE": name,
        "REDIS_QUEUE_URL": queue_url,
        "REDIS_CACHE_URL": queue_url,
        "MASTER_KEYS": Fernet.generate_key().decode(),
        "DRAIN_NOTICE_SECONDS": "0",
        # One at a time: a kill leaves no other job within a transaction, held for a minute.
        "WORKER_CONCURRENCY": "1",
    }
    (notes := folder / "notes").touch()
    async with AsyncExitStack() as stack:
        settings = Mongo(url=SecretStr(mongo_url), database=name)
        database = await stack.enter_async_context(mongo.connect(settings))
        redis = await stack.enter_async_context(Redis.from_url(queue_url))
        jobs = await stack.enter_async_context(job_queue(queue_url))
        await redis.flushdb()
        await make_indexes(database)
        for each in NAMES:
            await ConnectionStore(database).add(connection_named(each))
        bearing = stack.enter_context(nursery(folder / "log"))
        yield Killing(database, Line(queue_url, jobs, redis), environment, bearing, notes)


async def main(seeds: int, minutes: float) -> int:
    """Go through every point with so many seeds, as far as the time allows; 0 where all is well."""
    died, ends = Counter[str](), time.monotonic() + minutes * 60
    points = [point for point in POINTS if point not in HELD]
    these = lives(points, range(1, seeds + 1))
    with tempfile.TemporaryDirectory(prefix="killing-") as folder, Progress() as progress:
        shown = progress.add_task("killing workers", total=len(these))
        async with (
            secantus() as mongo_url,
            valkey("queue") as queue_url,
            killing(mongo_url, queue_url, "killing", Path(folder)) as place,
        ):
            async for point, _ in place.go_through(these):
                died[point] += 1
                progress.advance(shown)
                if time.monotonic() > ends:
                    break
            await place.come_to_rest()
            found = await place.faults()
            jobs = await place.database[JOBS].count_documents({})
    sys.stdout.write(f"{died.total()} lives, {jobs} jobs, each point {min(died.values())} times\n")
    sys.stdout.writelines(f"FAULT: {fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    told = [float(each) for each in sys.argv[1:]]
    sys.exit(asyncio.run(main(int(told[0]) if told else 200, told[1] if len(told) > 1 else 120.0)))
