"""Waiting for a site, but no longer than the process goes on, and than the run is its own."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Protocol, TypeVar

from services.chassis.stopping import ended
from services.sync.store.claims import Hold

T = TypeVar("T")
# A job that is given up asks nothing more of its site within two seconds.
LOOK_SECONDS: Final = 1.0


class HandBack(Exception):
    """The worker stops: another goes on from the first undone page."""


class Holds(Protocol):
    """Knows who holds connections; see RunStore."""

    async def check(self, hold: Hold) -> None:
        """Superseded where the connection is another's by now, or nobody's."""


class Patience:
    """Waits for a site until the worker is to stop, or the run was given up."""

    def __init__(self, stopping: asyncio.Event, runs: Holds) -> None:
        self._stopping = stopping
        self._runs = runs

    async def __call__(self, hold: Hold, reading: Coroutine[Any, Any, T]) -> T:
        """Wait for what is read; where it is read no further, HandBack or Superseded says why."""
        answer = asyncio.ensure_future(reading)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            while not await _either(answer, stop):
                await self._runs.check(hold)
            if stop.done():
                raise HandBack
            return answer.result()
        finally:
            await ended(answer, stop)


async def _either(*waited: "asyncio.Future[Any]") -> bool:
    """Wait for one of some for a while; tell whether one is there."""
    first = asyncio.FIRST_COMPLETED
    done, _ = await asyncio.wait(waited, timeout=LOOK_SECONDS, return_when=first)
    return bool(done)
