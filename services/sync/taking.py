"""BullMQ's worker, with what it lacks made up for (ADR 0010)."""

import asyncio
from contextlib import suppress

import structlog
from bullmq import Job, Worker
from redis.exceptions import RedisError

from services.chassis.clock import Clock
from services.sync.suspects import Suspects
from services.sync.turns import Turns

logger = structlog.get_logger()


class Taker(Worker):  # type: ignore[misc]
    """Takes jobs off the queue.

    BullMQ's worker forgets, as it closes, what it has fetched and not begun, and renews no lock
    once the first job has ended: others take what still runs for dead. This one rests first: it
    takes nothing, gives back what it fetched too late, and closes once nothing runs.
    """

    def __init__(self, *args: object, clock: Clock, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._clock = clock
        self.turns = Turns(self.client, self.keys[""])
        self.suspects = Suspects(self.client, self.keys[""])
        commands = self.scripts.commands
        commands["moveToActive"] = self.turns.fetching(commands["moveToActive"].script)

    async def getNextJob(self, token: str) -> Job | None:  # noqa: N802 - BullMQ's name
        """Fetch a job, or none where it rests."""
        if self._rests():
            return None
        try:
            job = await super().getNextJob(token)
        except Exception:
            if self._rests():
                return None
            raise
        if job is not None and self._rests():
            await self._give_back(job, token)
            return None
        return job

    async def put_off(self, job: Job, token: str, until: int) -> None:
        """Put a job that runs back until an instant; it costs no attempt."""
        now = self._clock()
        wait = max(until - now, 0)
        await self.backend.moveToDelayed(job.id, now, wait, token, {"skipAttempt": True})
        if not wait:
            # Where this fails, BullMQ lets it wait in its own order.
            with suppress(RedisError, OSError):
                await self.turns.back(job.id)

    async def rest(self) -> None:
        """Take nothing more from now on."""
        await self.pause(do_not_wait_active=True)

    async def ended(self, within_seconds: float) -> bool:
        """Wait until nothing runs any more; False where it takes longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                while running := [task for task in self.processing if not task.done()]:
                    await asyncio.wait(running)
                return True
        return False

    def _rests(self) -> bool:
        return bool(self.paused or self.closing)

    async def _give_back(self, job: Job, token: str) -> None:
        try:
            await self.put_off(job, token, self._clock())
        except Exception as away:  # noqa: BLE001 - then it is left to its lock, as if killed
            logger.warning("a job could not be given back", job_id=job.id, error=str(away))
