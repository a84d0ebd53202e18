"""A worker of the queue alone, in a process that can die, freeze, or have a clock of its own."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.chassis.clock import Clock, system_clock
from services.kernel.ids import ConnectionId
from services.sync import queue, suspects
from services.sync.queue import LOCK_MILLISECONDS, PutBack, job_queue, working
from services.sync.queue_time import queue_time
from services.sync.suspects import PROBATION_SECONDS

POISON = "con_poison"
ENDLESS_PREFIX = "con_endless_"
FOR_EVER_SECONDS = 3600.0
_seconds = time.time
_nanoseconds = time.time_ns


def _fast_by(seconds: float) -> None:
    """Let this process's clock be fast by so much, or slow."""
    time.time = lambda: _seconds() + seconds
    time.time_ns = lambda: _nanoseconds() + int(seconds * 1e9)


def _noting(notes: Path) -> Callable[..., None]:
    """Give what adds a line of JSON to a file that outlives this process, by a true clock."""

    def note(what: str, **facts: Any) -> None:
        line = {"what": what, "pid": os.getpid(), "at": int(_seconds() * 1000), **facts}
        with notes.open("a") as file:
            file.write(json.dumps(line) + "\n")

    return note


async def work(
    url: str,
    notes: str,
    *,
    fast_by: float = 0,
    concurrency: int = 20,
    lock_ms: int = LOCK_MILLISECONDS,
    probation_seconds: float = PROBATION_SECONDS,
    lasts_seconds: float = FOR_EVER_SECONDS,
    put_back_ms: int = 0,
) -> None:
    """Work at a queue until killed: each job lasts a while; a poisonous one kills at once.

    Where `put_back_ms` is set, a job is put back by so much the first time that it is met.
    """
    _fast_by(fast_by)
    suspects.PROBATION_SECONDS = probation_seconds  # type: ignore[misc]
    queue.LOCK_MILLISECONDS, queue.STALLED_CHECK_MILLISECONDS = lock_ms, lock_ms // 3
    queue.APART_MILLISECONDS = lock_ms // 6
    note = _noting(Path(notes))

    async def lost(connection_id: ConnectionId) -> None:
        note("lost", connection=connection_id)

    async with job_queue(url) as jobs, queue_time(jobs.time, system_clock) as clock:
        note("born")
        hand = _Hand(note, clock, lasts_seconds, put_back_ms)
        async with working(url, hand.handle, lost, clock=clock, concurrency=concurrency) as running:
            await running


@dataclass
class _Hand:
    note: Callable[..., None]
    clock: Clock
    lasts_seconds: float
    put_back_ms: int
    met: set[str] = field(default_factory=set)

    async def handle(self, connection_id: ConnectionId, attempt: int) -> None:
        self.note("begun", connection=connection_id, attempt=attempt)
        if connection_id == POISON:
            # Its neighbours are being fetched at this moment.
            await asyncio.sleep(0.002)
            os.kill(os.getpid(), signal.SIGKILL)
        if self.put_back_ms and connection_id not in self.met:
            self.met.add(connection_id)
            until = self.clock() + self.put_back_ms
            self.note("put back", connection=connection_id, until=until)
            raise PutBack(until)
        endless = connection_id.startswith(ENDLESS_PREFIX)
        await asyncio.sleep(FOR_EVER_SECONDS if endless else self.lasts_seconds)
        self.note("done", connection=connection_id)


def read(notes: Path) -> list[dict[str, Any]]:
    """Read what processes noted."""
    if not notes.exists():
        return []
    return [json.loads(line) for line in notes.read_text().splitlines(keepends=False) if line]
