"""The queue's time: what all workers agree about, wherever their machines' clocks are.

Instants that one worker writes and another obeys (until when a site wants to be left alone, when a
job is due) would be early or late by as much as their clocks differ. So workers tell the time by
the queue's server; and so does BullMQ, which promotes what is due by the clock of whoever asks.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import structlog
from bullmq import job, scripts, worker

from services.chassis.clock import Clock, system_clock
from services.chassis.stopping import repeating
from services.kernel.ids import Instant

MEASURED_SECONDS: Final = 5.0
# Of what a clock says in whole milliseconds, one may be missing on either side.
ROUNDING_MILLISECONDS: Final = 1
# Where BullMQ looks for the time.
_READERS: Final = (job, scripts, worker)
logger = structlog.get_logger()


class QueueTime:
    """Tells the present instant by the queue's server, as it was measured last."""

    def __init__(self, own: Clock = system_clock) -> None:
        self._own = own
        self._ahead = 0

    def __call__(self) -> Instant:
        """Tell the present instant: UTC, whole milliseconds since 1970."""
        return self._own() + self._ahead

    def time(self) -> float:
        """Tell it as `time.time` does, for BullMQ."""
        return self() / 1000

    async def measure(self, ask: Callable[[], Awaitable[Instant]]) -> None:
        """Ask the server for its time; what is within the doubt of the way there moves nothing."""
        asked = self._own()
        there = await ask()
        least = there - self._own() - ROUNDING_MILLISECONDS
        most = there - asked + ROUNDING_MILLISECONDS
        if least <= self._ahead <= most:
            return
        self._ahead = (least + most) // 2
        logger.warning("clock differs from the queue's", milliseconds=-self._ahead)


@asynccontextmanager
async def queue_time(
    ask: Callable[[], Awaitable[Instant]], own: Clock = system_clock
) -> AsyncIterator[QueueTime]:
    """Keep the queue's time until left, for the caller and for BullMQ in this process."""
    kept = QueueTime(own)
    await kept.measure(ask)

    async def measure() -> None:
        await kept.measure(ask)

    trouble = "the queue's time could not be measured"
    with _told(kept):
        async with repeating(measure, every_seconds=MEASURED_SECONDS, trouble=trouble):
            yield kept


@contextmanager
def _told(kept: QueueTime) -> Iterator[None]:
    """Let BullMQ look at the queue's time; it takes no clock as an argument."""
    before = [module.time for module in _READERS]
    try:
        for module in _READERS:
            module.time = kept
        yield
    finally:
        for module, former in zip(_READERS, before, strict=True):
            module.time = former
