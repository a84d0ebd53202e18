"""Keeps a process's revocations as auth's: read again every ten seconds, and heard of at once.

What was noted stays while nothing can be read; what then is revoked is not known here, so that
access tokens live out their 15 minutes at most.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Gauge
from redis.asyncio import Redis

from services.chassis import news
from services.chassis.clock import Clock
from services.chassis.revocation_news import CHANNEL, revocations_of
from services.chassis.revocations import REMEMBERED_MILLISECONDS, Revocations
from services.chassis.stopping import beside
from services.kernel.ids import Instant
from services.kernel.revocation import Revocation

# A revocation is dated before its transaction ends, by the clock of the process that makes it.
OVERLAP_MILLISECONDS: Final = 2 * 60 * 1000
# Every so many readings everything is read, should a clock be off by more than the overlap.
WHOLE_EVERY: Final = 30
LAST_READ = Gauge(
    "revocations_last_read_seconds", "When this process last read what was revoked, since 1970."
)
logger = structlog.get_logger()

# Reads what was revoked from an instant on; raises, within five seconds, where nothing can be.
Read = Callable[[Instant], Awaitable[Sequence[Revocation]]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often it is read, in seconds; after a reading that failed soon again.

    With readings of five seconds at most they keep the 30 seconds that are promised.
    """

    every: float = 10.0
    after_failure: float = 1.0


class RevocationFeed:
    """What keeps revocations up to date; `missed` and `hear` come from the news."""

    def __init__(
        self, revocations: Revocations, read: Read, clock: Clock, *, pace: Pace | None = None
    ) -> None:
        self._revocations = revocations
        self._read = read
        self._clock = clock
        self._pace = pace or Pace()
        self._was_read = asyncio.Event()
        self._at_once = asyncio.Event()
        self._read_until: Instant | None = None
        self._readings = 0

    def hear(self, data: bytes) -> None:
        """Note what another process told."""
        self._revocations.note(revocations_of(data))

    def missed(self) -> None:
        """Read again at once."""
        self._at_once.set()

    async def check(self) -> None:
        """Raise until everything was read once: before that a revoked token might be taken."""
        if not self._was_read.is_set():
            raise RuntimeError("revocations were not read yet")

    async def read(self) -> bool:
        """Read once; gives whether it could be."""
        began = self._clock()
        try:
            found = await self._read(self._since(began))
        except Exception as away:  # noqa: BLE001 - whatever it is, the next reading must come
            logger.warning("revocations cannot be read", problem=f"{type(away).__name__}: {away}")
            return False
        self._revocations.note(found)
        self._revocations.forget_expired()
        self._read_until = began
        self._readings += 1
        self._was_read.set()
        LAST_READ.set(began / 1000)
        return True

    def _since(self, now: Instant) -> Instant:
        if self._read_until is None or self._readings % WHOLE_EVERY == 0:
            return now - REMEMBERED_MILLISECONDS
        return self._read_until - OVERLAP_MILLISECONDS

    async def keep_reading(self) -> None:
        """Read again and again, a little sooner or later than the others do."""
        done = self._was_read.is_set()
        while True:
            pause = self._pace.every if done else self._pace.after_failure
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * random.uniform(0.8, 1.0)):
                    await self._at_once.wait()
            self._at_once.clear()
            done = await self.read()


@asynccontextmanager
async def feeding(feed: RevocationFeed, cache: Redis | None) -> AsyncIterator[None]:
    """Keep the feed until left, with news where there is a Redis that carries them."""
    async with AsyncExitStack() as opened:
        # Usually the first calls find everything read; where auth is away, readiness waits for it.
        await feed.read()
        if cache is not None:
            await opened.enter_async_context(news.following(cache, CHANNEL, feed))
        async with beside(feed.keep_reading()):
            yield
