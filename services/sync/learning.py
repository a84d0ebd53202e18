"""Learns from auth which workspaces are used, and what they may: schedules and turns go by it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog

from services.chassis.clock import Clock
from services.kernel.errors import ServiceUnavailable
from services.kernel.ids import Instant, WorkspaceId
from services.sync.domain.schedule import IDLE_AFTER_MILLISECONDS, WEIGHTS, Activity

# Auth notes activity within seconds, and its processes' clocks differ.
OVERLAP_MILLISECONDS: Final = 60 * 1000
logger = structlog.get_logger()

# Lists workspaces that were active from an instant on, the longest ago first, so many at once.
AskWhoIsActive = Callable[[Instant], Awaitable[Sequence[Activity]]]
# Lets workspaces have so many turns for each of one that nothing is known of.
Weigh = Callable[[Mapping[WorkspaceId, int]], Awaitable[None]]


class Kept(Protocol):
    """Keeps what is told; see ActivityStore."""

    async def learn(self, told: Sequence[Activity], now: Instant) -> None:
        """Keep what is told, and move up what follows from it."""


class Learning:
    """What one worker has asked for already; every worker asks, and what is known is no matter."""

    def __init__(self, kept: Kept, weigh: Weigh, ask: AskWhoIsActive, clock: Clock) -> None:
        self._kept = kept
        self._weigh = weigh
        self._ask = ask
        self._clock = clock
        self._since: Instant | None = None

    async def __call__(self) -> None:
        """Ask and keep; while auth is away, schedules go on by what is known."""
        now = self._clock()
        since = now - 2 * IDLE_AFTER_MILLISECONDS if self._since is None else self._since
        try:
            while told := await self._ask(since):
                await self._kept.learn(told, now)
                await self._weigh({one.workspace_id: WEIGHTS[one.tier] for one in told})
                latest = told[-1].active
                if latest <= since:
                    break
                since = latest
        except ServiceUnavailable:
            logger.warning("auth does not say who is active")
            return
        self._since = max(since - OVERLAP_MILLISECONDS, self._since or 0)
