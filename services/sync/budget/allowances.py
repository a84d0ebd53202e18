"""What a workspace may ask of a site in one lane: tokens taken, refusals noted, points counted."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog
from prometheus_client import Counter
from pydantic import SecretStr
from redis.exceptions import RedisError

from services.chassis import redis
from services.chassis.clock import Clock
from services.sync.budget.buckets import AT_ONCE, Buckets, Payer, Verdict
from services.sync.budget.careful import Careful
from services.sync.domain.limits_said import Refusal, Scope, refusal, room
from services.sync.domain.rates import cost_of, endpoint
from services.sync.domain.retry_after import spread
from services.sync.sources.answers import Wait

# A call sleeps no longer than this: what must wait for longer puts its job down.
LONGEST_SLEEP_MILLISECONDS: Final = 2000
# How often a call is made again that the site refused for so short a time.
REFUSALS_BORNE: Final = 4
# A budget that takes longer is no use: a call itself takes about as long.
ANSWER_SECONDS: Final = 0.5
# What concerns one issue alone, and names no time.
UNSAID_MILLISECONDS: Final = 1000
# Why a call waits that no site refused: what all together may ask is asked by others.
OTHERS_TURN: Final = "turn"

WAITS = Counter(
    "sync_site_waits",
    "Calls that had to wait, and whether their job did.",
    ["reason", "how"],
)
WAITED = Counter(
    "sync_site_wait_seconds", "How long calls to sites had to wait.", ["reason", "how"]
)
REFUSED = Counter("sync_site_refusals", "Calls that sites refused for now.", ["reason"])
POINTS = Counter("sync_site_points", "What calls cost: one, and one a thing read.", ["lane"])
UNCOUNTED = Counter("sync_site_uncounted_calls", "Calls made slowly while Redis did not answer.")
logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Budget:
    """Hands out what may be asked of sites; one of each process."""

    buckets: Buckets
    clock: Clock
    careful: Careful = field(default_factory=Careful)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def of(self, origin: str, payer: Payer) -> "SharedAllowance":
        """Give what one workspace may ask of a site in one lane."""
        return SharedAllowance(self, origin, payer)


@dataclass(frozen=True, slots=True)
class SharedAllowance:
    """What may be asked of a site that others ask too."""

    budget: Budget
    origin: str
    payer: Payer

    def turn(self, method: str, path: str) -> "SharedTurn":
        """Begin a call."""
        return SharedTurn(self, endpoint(method, path))


@asynccontextmanager
async def opened_budget(url: SecretStr, clock: Clock) -> AsyncIterator[Budget]:
    """Open the budget that is kept beside the queue."""
    async with redis.connect(url, timeout_seconds=ANSWER_SECONDS) as client:
        yield Budget(Buckets(client), clock)


class SharedTurn:
    """One call, until it is answered."""

    def __init__(self, allowance: SharedAllowance, called: str) -> None:
        self._budget = allowance.budget
        self._origin = allowance.origin
        self._payer = allowance.payer
        self._called = called
        self._slept = 0
        self._refusals = 0

    async def come(self) -> None:
        """Wait until the call may be made; Wait where that takes longer than two seconds."""
        verdict = await self._take()
        while verdict.reason or verdict.wait_milliseconds:
            await self._wait(verdict.reason, verdict.wait_milliseconds)
            # What was learnt while it slept holds for one that has its token, too.
            verdict = await (self._take() if verdict.reason else self._look())

    async def _wait(self, reason: str, milliseconds: int) -> None:
        wait = spread(milliseconds, random.random()) if reason else milliseconds
        if self._slept + wait > LONGEST_SLEEP_MILLISECONDS or self._refusals > REFUSALS_BORNE:
            _note(reason, "put_down", wait)
            raise Wait(self._budget.clock() + wait, reason or OTHERS_TURN)
        _note(reason, "slept", wait)
        self._slept += wait
        await self._budget.sleep(wait / 1000)

    async def _take(self) -> Verdict:
        try:
            return await self._budget.buckets.take(self._origin, self._called, self._payer)
        except (RedisError, OSError) as away:
            logger.warning("budget does not answer", site=self._origin, error=str(away))
        UNCOUNTED.inc()
        return self._budget.careful.take(
            self._origin,
            self._called,
            longest_milliseconds=LONGEST_SLEEP_MILLISECONDS - self._slept,
        )

    async def _look(self) -> Verdict:
        try:
            return await self._budget.buckets.look(self._origin, self._called, self._payer)
        except (RedisError, OSError):
            return AT_ONCE

    async def refused(self, headers: Mapping[str, str]) -> None:
        """Note for everybody that the site did not answer now, and wait as it says."""
        said = refusal(headers, self._budget.clock())
        REFUSED.labels(said.reason).inc()
        self._refusals += 1
        logger.info(
            "site refuses for now",
            site=self._origin,
            endpoint=self._called,
            reason=said.reason,
            stops=said.scope.value,
            milliseconds=said.milliseconds,
        )
        await self._wait(said.reason, await self._noted(said))

    async def _noted(self, said: Refusal) -> int:
        alone = said.milliseconds or UNSAID_MILLISECONDS
        if said.scope is Scope.CALL:
            return alone
        try:
            return await self._budget.buckets.refused(self._origin, self._called, said)
        except (RedisError, OSError):
            self._budget.careful.refused(self._origin, self._called, alone)
            return alone

    async def answered(self, headers: Mapping[str, str], answer: object) -> None:
        """Note what the answer cost and what it says of the limits."""
        cost = cost_of(answer)
        POINTS.labels(self._payer.lane.value).inc(cost)
        with suppress(RedisError, OSError):
            await self._budget.buckets.heard(
                self._origin, self._called, self._payer, cost=cost, room=room(headers)
            )


def _note(reason: str, how: str, milliseconds: int) -> None:
    WAITS.labels(reason or OTHERS_TURN, how).inc()
    WAITED.labels(reason or OTHERS_TURN, how).inc(milliseconds / 1000)
