"""The second cache: answers in Redis, for other processes and for this one after a restart."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.analytics.answers import Answer, Answers
from services.analytics.domain.question import Asked

CALL_SECONDS: Final = 0.1
REST_SECONDS: Final = 5.0
LARGEST_BODY: Final = 256 * 1024
logger = structlog.get_logger()


class Breaker:
    """Leaves Redis alone for REST_SECONDS after it failed: its absence must not cost time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._rests_until = float("-inf")

    @property
    def rests(self) -> bool:
        """Whether Redis is left alone now."""
        return self._monotonic() < self._rests_until

    def trip(self) -> None:
        """Leave it alone from now on."""
        self._rests_until = self._monotonic() + REST_SECONDS


class InRedis:
    """Keeps answers in Redis for a time; Redis away is the same as not kept."""

    def __init__(
        self, inner: Answers, redis: Redis, *, ttl_seconds: int, breaker: Breaker | None = None
    ) -> None:
        self._inner = inner
        self._redis = redis
        self._ttl_seconds = ttl_seconds
        self._breaker = breaker or Breaker()

    async def answer(self, asked: Asked) -> Answer:
        """Give the kept answer, or ask on and keep it."""
        kept = await self._tried(lambda: self._redis.get(asked.key))
        if isinstance(kept, bytes):
            return Answer(kept, cached=True)
        answer = await self._inner.answer(asked)
        if len(answer.body) <= LARGEST_BODY:
            await self._tried(lambda: self._redis.set(asked.key, answer.body, ex=self._ttl_seconds))
        return answer

    async def _tried(self, call: Callable[[], Awaitable[object]]) -> object:
        if self._breaker.rests:
            return None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await call()
        except (RedisError, OSError) as away:
            self._breaker.trip()
            logger.warning("answers are not kept in Redis", problem=str(away) or "no answer")
            return None
