"""Jobs that saw their worker die: kept apart until they are seen to live.

Which of a dead worker's jobs killed it nobody knows. Run together again, the guilty one would take
the same others with it each time, until all of them count as guilty.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
# KEYS: a job. ARGV: how many pardons there are.
_PARDON: Final = """
if redis.call('EXISTS', KEYS[1]) == 1
  and redis.call('HINCRBY', KEYS[1], 'pardons', 1) <= tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'stc', 0)
end
"""
logger = structlog.get_logger()


class Suspects:
    """Lets one at a time of a worker's suspects run, until it has ended or lived for long enough.

    Whoever lived is forgiven the deaths that were counted against it.
    """

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._prefix = prefix
        self._pardon = redis.register_script(_PARDON)
        self._tried: Job | None = None

    def admits(self, job: Job) -> bool:
        """Tell whether a job may begin now."""
        return not job.stalledCounter or self._tried is None

    @asynccontextmanager
    async def trying(self, job: Job) -> AsyncIterator[None]:
        """Have a job that was admitted run within."""
        if not job.stalledCounter:
            yield
            return
        self._tried = job
        try:
            async with beside(self._probation(job)):
                yield
        finally:
            self._leave(job)

    async def _probation(self, job: Job) -> None:
        await asyncio.sleep(PROBATION_SECONDS)
        self._leave(job)
        try:
            await self._pardon(keys=[f"{self._prefix}{job.id}"], args=[PARDONS])
        except (RedisError, OSError) as away:
            logger.warning("a job that lived was not forgiven", error=str(away))

    def _leave(self, job: Job) -> None:
        if self._tried is job:
            self._tried = None
