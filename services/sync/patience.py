"""Waiting for a site, but no longer than the process goes on, and than the run is its own."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeVar

from cachetools import LRUCache

from services.chassis.stopping import ended
from services.kernel.errors import SiteUnreachable
from services.kernel.ids import ConnectionId
from services.sync.domain.attempts import PLAINLY_SO_FROM
from services.sync.store.claims import Hold

T = TypeVar("T")
# A job that is given up asks nothing more of its site within two seconds.
LOOK_SECONDS: Final = 1.0
# More connections than a worker ever has at once.
MOST_REMEMBERED: Final = 1000


class HandBack(Exception):
    """The worker stops: another goes on from the first undone page."""


class Holds(Protocol):
    """Knows who holds connections; see RunStore."""

    async def check(self, hold: Hold) -> None:
        """Superseded where the connection is another's by now, or nobody's."""


class Patience:
    """Waits for a site until the worker is to stop, or the run was given up.

    Whether it was is looked at every second, of many short calls as of one that takes long.
    """

    def __init__(
        self,
        stopping: asyncio.Event,
        runs: Holds,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stopping = stopping
        self._runs = runs
        self._seconds = seconds
        self._looked: LRUCache[ConnectionId, tuple[int, float]] = LRUCache(MOST_REMEMBERED)

    async def __call__(self, hold: Hold, reading: Coroutine[Any, Any, T]) -> T:
        """Wait for what is read; where it is read no further, HandBack or Superseded says why."""
        try:
            await self._look(hold)
        except BaseException:
            reading.close()
            raise
        answer = asyncio.ensure_future(reading)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            while not await _either(answer, stop):
                await self._check(hold)
            if stop.done():
                raise HandBack
            return answer.result()
        finally:
            await ended(answer, stop)

    async def or_without(self, hold: Hold, reading: Coroutine[Any, Any, T | None]) -> T | None:
        """Wait for what nothing rests on: at a later attempt, None where there is no answer."""
        try:
            return await self(hold, reading)
        except SiteUnreachable:
            if hold.attempt < PLAINLY_SO_FROM:
                raise
            return None

    async def _look(self, hold: Hold) -> None:
        """Look whose the connection is where that was a while ago; one just taken is its own."""
        epoch, at = self._looked.get(hold.connection_id, (None, 0.0))
        if epoch != hold.epoch:
            self._looked[hold.connection_id] = (hold.epoch, self._seconds())
        elif self._seconds() - at >= LOOK_SECONDS:
            await self._check(hold)

    async def _check(self, hold: Hold) -> None:
        await self._runs.check(hold)
        self._looked[hold.connection_id] = (hold.epoch, self._seconds())


async def _either(*waited: "asyncio.Future[Any]") -> bool:
    """Wait for one of some for a while; tell whether one is there."""
    first = asyncio.FIRST_COMPLETED
    done, _ = await asyncio.wait(waited, timeout=LOOK_SECONDS, return_when=first)
    return bool(done)
