"""Starts what the product does by itself when it is due."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from services.chassis.clock import Clock
from services.chassis.stopping import repeating
from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId, fresh
from services.kernel.sync_job import Mode
from services.sync.domain.lanes import Lane, lane_of

LOOK_SECONDS: Final = 30.0
# Of each mode a hundred are started in a round. After so many it is time to learn who is there.
MOST_ROUNDS: Final = 100
# A DELTA is due so often that behind it nothing else might ever have its turn.
IN_TURN: Final = (Mode.FULL, Mode.CENSUS, Mode.DELTA)


class Schedules(Protocol):
    """Knows what is due; see ScheduleStore."""

    async def due(self, mode: Mode, now: Instant) -> Sequence[ConnectionId]:
        """List some connections of which this is due and that have no job, the oldest first."""

    async def start(
        self, mode: Mode, connection_id: ConnectionId, job_id: JobId, now: Instant
    ) -> WorkspaceId | None:
        """Add the job of what is due, and give whose; None where another did, or it cannot be."""


class Put(Protocol):
    """Puts a connection into the queue."""

    async def put(self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId) -> None:
        """Put a connection of a workspace into the queue, to wait in a lane."""


async def nobody_to_ask() -> None:
    """Learn nothing: schedules go by what is known."""


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Looks for what is due; every worker does, and each thing is started once."""

    schedules: Schedules
    queue: Put
    clock: Clock
    learn: Callable[[], Awaitable[None]] = nobody_to_ask

    async def look(self) -> None:
        """Look once. A job that the queue does not take is found by the look for forsaken ones."""
        await self.learn()
        for _ in range(MOST_ROUNDS):
            started = [await self._start(mode) for mode in IN_TURN]
            if not any(started):
                # Nothing is due any more, or another worker is at it.
                return

    async def _start(self, mode: Mode) -> int:
        """Start some of what is due; gives how many."""
        now, started = self.clock(), 0
        for connection_id in await self.schedules.due(mode, now):
            job_id = JobId(fresh("job"))
            whose = await self.schedules.start(mode, connection_id, job_id, now)
            if whose is not None:
                await self.queue.put(connection_id, lane_of(mode), whose)
                started += 1
        return started

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Look every now and then until left."""
        async with repeating(
            self.look, every_seconds=LOOK_SECONDS, trouble="could not look for what is due"
        ):
            yield
