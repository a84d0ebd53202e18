"""Tells auth's audit what was changed here: at least once, however long auth was away.

Every worker does it, and claims nothing: auth takes an event that it has already for one.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

import structlog

from services.chassis.stopping import beside
from services.kernel.audit import AuditEvent

MOST_EVENTS: Final = 200
REST_SECONDS: Final = 1.0
logger = structlog.get_logger()

# Tells auth of events; raises where it was not told for sure.
Record = Callable[[Sequence[AuditEvent]], Awaitable[None]]


class Outbox(Protocol):
    """Keeps events until they are delivered."""

    async def waiting(self, *, most: int) -> Sequence[AuditEvent]:
        """Give the events that have waited longest."""

    async def delivered(self, events: Sequence[AuditEvent]) -> None:
        """Forget events."""


class Reporting:
    """Delivers what waits."""

    def __init__(self, outbox: Outbox, record: Record) -> None:
        self._outbox = outbox
        self._record = record

    async def deliver(self) -> int:
        """Deliver what has waited longest; gives how much that was."""
        waiting = await self._outbox.waiting(most=MOST_EVENTS)
        if waiting:
            await self._record(waiting)
            await self._outbox.delivered(waiting)
        return len(waiting)

    @asynccontextmanager
    async def going_on(self, rest_seconds: float = REST_SECONDS) -> AsyncIterator[None]:
        """Deliver until left, with rests in between."""
        async with beside(self._go_on_for_ever(rest_seconds)):
            yield

    async def _go_on_for_ever(self, rest_seconds: float) -> None:
        """Deliver; what cannot be told now is told the next time."""
        while True:
            delivered = 0
            try:
                delivered = await self.deliver()
            except Exception as error:  # noqa: BLE001 - whatever it was, nothing is lost by it
                logger.warning("the audit could not be told", error=str(error))
            if delivered < MOST_EVENTS:
                await asyncio.sleep(rest_seconds * random.uniform(0.5, 1.5))
