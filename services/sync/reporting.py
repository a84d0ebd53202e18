"""Tells auth what happened here: at least once, however long auth was away.

Every worker does it, and claims nothing: auth takes what it was told already for one.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Generic, Protocol, TypeVar

import structlog

from services.chassis.stopping import beside

T = TypeVar("T")
MOST_AT_ONCE: Final = 200
REST_SECONDS: Final = 1.0
# Where auth is away, a worker asks and complains less and less often, down to this.
LONGEST_REST_SECONDS: Final = 16.0
logger = structlog.get_logger()

# Tells auth; raises where it was not told for sure.
Tell = Callable[[Sequence[T]], Awaitable[None]]


class Outbox(Protocol[T]):
    """Keeps what auth is to be told until it is."""

    async def waiting(self, *, most: int) -> Sequence[T]:
        """Give some of what waits."""

    async def delivered(self, told: Sequence[T], /) -> None:
        """Let nobody be told of these again."""


class Reporting(Generic[T]):
    """Delivers what waits; `trouble` is what is logged where that cannot be done."""

    def __init__(self, outbox: Outbox[T], tell: Tell[T], trouble: str) -> None:
        self._outbox = outbox
        self._tell = tell
        self._trouble = trouble

    async def deliver(self) -> int:
        """Deliver some of what waits; gives how much that was."""
        waiting = await self._outbox.waiting(most=MOST_AT_ONCE)
        if waiting:
            await self._tell(waiting)
            await self._outbox.delivered(waiting)
        return len(waiting)

    @asynccontextmanager
    async def going_on(self, rest_seconds: float = REST_SECONDS) -> AsyncIterator[None]:
        """Deliver until left, with rests in between."""
        async with beside(self._go_on_for_ever(rest_seconds)):
            yield

    async def _go_on_for_ever(self, rest_seconds: float) -> None:
        """Deliver; what cannot be told now is told the next time."""
        rest = rest_seconds
        while True:
            delivered = 0
            try:
                delivered = await self.deliver()
                rest = rest_seconds
            except Exception as error:  # noqa: BLE001 - whatever it was, nothing is lost by it
                logger.warning(self._trouble, error=str(error))
                rest = min(rest * 2, LONGEST_REST_SECONDS)
            if delivered < MOST_AT_ONCE:
                await asyncio.sleep(rest * random.uniform(0.5, 1.5))
