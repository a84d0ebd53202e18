"""Jobs that saw their worker die: kept apart until they are seen to live, or lost as guilty.

Which of a dead worker's jobs killed it nobody knows. Run together again, the guilty one would take
the same others with it each time, until all of them count as guilty. BullMQ counts a death of
whatever its worker had fetched; here counts, after the first, what had begun.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog
from bullmq import Job
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.chassis.stopping import beside

# A job is taken up where it died: if it was the one that killed, it soon does so again.
PROBATION_SECONDS: Final = 10.0
# One that always dies late is not forgiven for ever.
PARDONS: Final = 8
# KEYS: a job. ARGV: how many deaths it had seen when it began.
_BEGUN: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'begun', ARGV[1]) end
"""
# KEYS: a job. ARGV: how many pardons there are.
_PARDON: Final = """
if redis.call('EXISTS', KEYS[1]) == 1
  and redis.call('HINCRBY', KEYS[1], 'pardons', 1) <= tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'stc', 0)
  redis.call('HDEL', KEYS[1], 'begun')
end
"""
logger = structlog.get_logger()


class Suspects:
    """Lets one at a time of a worker's suspects run, until it has ended or lived for long enough.

    Whoever lived is forgiven the deaths that were counted against it.
    """

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self._begun = redis.register_script(_BEGUN)
        self._pardon = redis.register_script(_PARDON)
        self._tried: Job | None = None

    async def deaths(self, job: Job) -> int:
        """Tell how many deaths count against a job: of those since it last began, one."""
        noticed = int(job.stalledCounter)
        if not noticed:
            return 0
        try:
            begun = await self._redis.hget(self._key(job), "begun")
        except (RedisError, OSError):
            # It is counted when it comes again.
            return 0
        return min(noticed, int(begun or 0) + 1)

    def admits(self, job: Job) -> bool:
        """Tell whether a job may begin now; from then on until it is left no other suspect may."""
        if not job.stalledCounter:
            return True
        if self._tried is not None:
            return False
        self._tried = job
        return True

    @asynccontextmanager
    async def trying(self, job: Job, deaths: int) -> AsyncIterator[None]:
        """Have a job that was admitted run within."""
        if not deaths:
            yield
            return
        with suppress(RedisError, OSError):
            await self._begun(keys=[self._key(job)], args=[deaths])
        async with beside(self._probation(job)):
            yield

    def leave(self, job: Job) -> None:
        """Let others begin: this one does not run any more, or is seen to live."""
        if self._tried is job:
            self._tried = None

    async def _probation(self, job: Job) -> None:
        await asyncio.sleep(PROBATION_SECONDS)
        self.leave(job)
        try:
            await self._pardon(keys=[self._key(job)], args=[PARDONS])
        except (RedisError, OSError) as away:
            logger.warning("a job that lived was not forgiven", error=str(away))

    def _key(self, job: Job) -> str:
        return f"{self._prefix}{job.id}"
