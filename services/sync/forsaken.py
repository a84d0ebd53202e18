"""Finds what a crash left behind: jobs and marks in no queue, deleted connections' remains."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from services.chassis.clock import Clock
from services.chassis.stopping import repeating
from services.kernel.ids import ConnectionId, Instant, TenantScope, WorkspaceId
from services.sync.domain.lanes import Lane

LOOK_SECONDS = 5.0
# From the database to the queue is a matter of milliseconds.
QUEUED_MILLISECONDS = 5_000
# A page takes seconds; a worker that died is noticed by the queue long before this.
TOUCHED_MILLISECONDS = 120_000


class Jobs(Protocol):
    """Knows which jobs nobody works at."""

    async def forsaken(
        self, *, queued_before: Instant, touched_before: Instant
    ) -> Sequence[TenantScope]:
        """List connections with a job that nobody seems to work at."""


class Remains(Protocol):
    """Knows what is left of deleted connections."""

    async def unpurged(self) -> Sequence[ConnectionId]:
        """List deleted connections of which something is left."""

    async def purge(self, connection_id: ConnectionId) -> None:
        """Delete what is left of one."""


class Put(Protocol):
    """Puts a connection into the queue."""

    async def put(self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId) -> None:
        """Put a connection of a workspace into the queue, to wait in a lane."""


class Look(Protocol):
    """Looks for something else that was left behind."""

    async def look(self) -> None:
        """Look once."""


class Forsaken:
    """Looks for what was left behind, and sets it going again."""

    def __init__(
        self, jobs: Jobs, remains: Remains, marks: Look, *, queue: Put, clock: Clock
    ) -> None:
        self._jobs = jobs
        self._remains = remains
        self._queue = queue
        self._clock = clock
        self._marks = marks

    async def look(self) -> None:
        """Look once; each step may be done again and again."""
        now = self._clock()
        for scope in await self._jobs.forsaken(
            queued_before=now - QUEUED_MILLISECONDS, touched_before=now - TOUCHED_MILLISECONDS
        ):
            # Most are in the queue and only wait for long: those keep the lane they are in.
            await self._queue.put(scope.connection_id, Lane.BACKFILL, scope.workspace_id)
        for connection_id in await self._remains.unpurged():
            await self._remains.purge(connection_id)
        await self._marks.look()

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Look every few seconds until left."""
        async with repeating(
            self.look, every_seconds=LOOK_SECONDS, trouble="could not look for what was left behind"
        ):
            yield
