"""Workers killed at named points, one life after the other, and what must hold at the end (Q1).

`python -m tests.faults.killing [SEEDS] [MINUTES]` goes through every point with as many seeds, 200
unless told; a test does it with few. What a life dies of, and at which passing, is by seed. A death
counts once who died has noted it, at the point and before the end.
"""

import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from bson.binary import UUID_SUBTYPE, Binary
from cryptography.fernet import Fernet
from pydantic import SecretStr
from pymongo.errors import PyMongoError
from redis.asyncio import Redis
from rich.progress import Progress

from services.chassis import mongo
from services.chassis.mongo import Database
from services.chassis.settings import Mongo
from services.kernel.errors import StoreUnavailable
from services.kernel.sync_job import JobState
from services.sync.queue import job_queue
from services.sync.store.connections import ConnectionStore
from services.sync.store.database import CONNECTIONS, JOBS, make_indexes
from tests.auth_stand_in import NOBODY
from tests.contract.run_store import connection_named
from tests.faults import mortal_worker
from tests.faults.deaths import Life, Mortal, Undead, lives
from tests.faults.killed_truth import faults
from tests.faults.mortal_worker import POINTS, STARTERS
from tests.faults.nursery import Child, Nursery, nursery
from tests.faults.queue_parts import Line
from tests.stores import free_port, secantus, valkey

# Connections that are synced at once, and of how many of those one was synced before.
BUSY, AGAIN = 8, 4
AT_ONCE: Final = 3
LOCK_MS: Final = 900
# One that does not come by its point so often is told to stop, and lives again.
LIFE_SECONDS: Final = 6.0
MOST_LIVES: Final = 10
# A transaction that a kill left open holds its connection for a minute.
REST_SECONDS: Final = 130.0
# With so many seeds, what is stored is looked through, and begun anew: looking grows with it.
ROUND: Final = 10


@dataclass(slots=True)
class Killing:
    """A place where workers die: its stores, and connections that are synced meanwhile."""

    database: Database
    line: Line
    environment: dict[str, str]
    bearing: Nursery
    notes: Path
    living: list[Mortal] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    async def go_through(self, these: Sequence[Life]) -> AsyncIterator[Life]:
        """Let one worker after the other die; gives each death, once it has happened."""
        left = deque((life, 1) for life in these)
        while left or self.living:
            if left and len(self.living) < AT_ONCE:
                life, tries = left.popleft()
                if life[0] in STARTERS:
                    await self._keep_busy(life[0])
                    yield life
                    continue
                await self._keep_busy()
                self._bear_mortal(life, tries)
            for ended in await self._buried():
                if ended.died:
                    yield ended.life
                elif ended.tries == MOST_LIVES:
                    raise Undead(f"{ended.life}; said:\n{self.bearing.said}")
                else:
                    # It was stopped before it came by so often.
                    left.append(((ended.life[0], 1), ended.tries + 1))

    def _bear_mortal(self, life: Life, tries: int) -> None:
        note, (point, passing) = self._note(), life
        child = self._bear(point=point, passing=passing, death=str(note))
        self.living.append(Mortal(child, time.monotonic() + LIFE_SECONDS, life, tries, note))

    def _bear(self, **life: Any) -> Child:
        environment = {**self.environment, "HTTP_PORT": str(free_port())}
        arguments = {"environment": environment, "notes": str(self.notes), "lock_ms": LOCK_MS}
        return self.bearing.bear(mortal_worker.live, **arguments, **life)

    def _note(self) -> Path:
        return self.notes.with_name(f"death-{next(self._numbers)}")

    async def _buried(self) -> list[Mortal]:
        """Take away who has ended; who had its time is told to stop."""
        await asyncio.sleep(0.01)
        for each in self.living:
            if time.monotonic() > each.ends:
                each.child.send(signal.SIGTERM)
        ended = [each for each in self.living if not each.child.alive]
        self.living = [each for each in self.living if each not in ended]
        for each in ended:
            if each.died and (session := each.note.read_text()):
                # Else what its transaction touched is held for a minute.
                await self.database.client.admin.command(
                    "killSessions", [{"id": Binary(bytes.fromhex(session), UUID_SUBTYPE)}]
                )
        return ended

    async def _keep_busy(self, point: str = "") -> None:
        """Let so many connections be synced; at a point, whoever starts the first dies of it.

        Most for the first time: what is known already is read and not written.
        """
        found = self.database[CONNECTIONS].find({}, {"active_job": 1})
        known = {own["_id"].removeprefix("con_"): own["active_job"] async for own in found}
        idle = [name for name, job in known.items() if job is None]
        missing = max(BUSY - len(known) + len(idle), 1 if point else 0)
        names = random.sample(idle, min(len(idle), missing // AGAIN))
        for number in range(len(known), len(known) + missing - len(names)):
            names.append(f"{number:04}")
            await ConnectionStore(self.database).add(connection_named(names[-1]))
        if point:
            await self._start(names[:1], point)
        if left := names[1:] if point else names:
            await self._start(left)

    async def _start(self, names: Sequence[str], point: str = "") -> None:
        started = self.bearing.bear(
            mortal_worker.start,
            environment=self.environment,
            names=names,
            point=point,
            death=str(note := self._note()),
        )
        await started.ended()
        if point and not note.exists():
            raise Undead(f"{point}; said:\n{self.bearing.said}")

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
        return [each async for each in faults(self.database, self.line, self.notes)]


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
        bearing = stack.enter_context(nursery(folder / "log"))
        yield Killing(database, Line(queue_url, jobs, redis), environment, bearing, notes)


async def main(seeds: int, minutes: float) -> int:
    """Go through every point with so many seeds, as far as the time allows; 0 where all is well."""
    died, jobs, found, ends = Counter[str](), 0, list[str](), time.monotonic() + minutes * 60
    with tempfile.TemporaryDirectory(prefix="killing-") as folder, Progress() as progress:
        shown = progress.add_task("killing workers", total=len(POINTS) * seeds)
        async with secantus() as mongo_url, valkey("queue") as queue_url:
            for first in range(1, seeds + 1, ROUND):
                these = lives(tuple(POINTS), range(first, min(first + ROUND, seeds + 1)))
                (own := Path(folder) / str(first)).mkdir()
                async with killing(mongo_url, queue_url, f"killing_{first}", own) as place:
                    async for point, _ in place.go_through(these):
                        died[point] += 1
                        progress.advance(shown)
                        if time.monotonic() > ends:
                            break
                    await place.come_to_rest()
                    found += await place.faults()
                    jobs += await place.database[JOBS].count_documents({})
                    await place.database.client.drop_database(place.database.name)
                if found or time.monotonic() > ends:
                    break
    sys.stdout.write(f"{died.total()} deaths, {jobs} jobs; at each point:\n")
    sys.stdout.writelines(f"{died[point]:>6} {point}\n" for point in POINTS)
    found += [f"nobody died: {point}" for point in POINTS if not died[point]]
    sys.stdout.writelines(f"FAULT: {fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    told = [float(each) for each in sys.argv[1:]]
    sys.exit(asyncio.run(main(int(told[0]) if told else 200, told[1] if len(told) > 1 else 120.0)))
