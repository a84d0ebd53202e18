"""Workers at the queue of a world: one after the other, and those that froze beside them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from services.sync.forsaken import TOUCHED_MILLISECONDS
from services.sync.queue import ATTEMPTS, PutBack, TryAgain, backoff
from tests.soak.fate import Doom, Fate
from tests.soak.made_site import MadeSite
from tests.soak.post import Post
from tests.soak.product import WORKSPACE, Product

# A worker that died or froze is noticed within this, and its job given to another.
STALLED_MS: Final = 4_000
MOST_TURNS: Final = 200


class Endless(Exception):
    """A job was worked at again and again, and did not end."""


@dataclass(frozen=True, slots=True)
class Zombie:
    """A worker that froze."""

    work: "asyncio.Task[None]"
    fate: Fate

    async def end(self) -> None:
        """Let it go on; whatever it does is too late."""
        self.fate.thawed.set()
        [ended] = await asyncio.gather(self.work, return_exceptions=True)
        if not isinstance(ended, PutBack | TryAgain | asyncio.CancelledError | None):
            raise ended


@dataclass(slots=True)
class Working:
    """Works off what is in the queue; dooms are met one by one, by whoever works then."""

    made: MadeSite
    product: Product
    post: Post
    dooms: list[Doom] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    _zombies: list[Zombie] = field(default_factory=list)

    async def off(self) -> None:
        """Work until nothing is in the queue, and nothing is found that should be."""
        attempt = 1
        for _ in range(MOST_TURNS):
            await self.post.tell_due()
            if not self.product.queue.waiting:
                self.made.pass_time(TOUCHED_MILLISECONDS + STALLED_MS)
                await self.product.forsaken.look()
            if not self.product.queue.waiting:
                await self._thaw()
                self.dooms.clear()
                return
            self.product.queue.waiting = False
            attempt = await self._turn(attempt)
        raise Endless

    async def _turn(self, attempt: int) -> int:
        """Work once; gives which attempt the next one is."""
        fate, stopping = self._fate()
        try:
            await self._work(fate, stopping, attempt)
        except PutBack as back:
            self.made.wait(back.until - self.made.time.at_ms)
            self.product.queue.waiting = True
            return attempt
        except TryAgain:
            self.made.wait(backoff(attempt))
            if attempt == ATTEMPTS:
                await self.product.collector(*self._fate()).give_up(self.product.connection_id)
                return 1
            self.product.queue.waiting = True
            return attempt + 1
        if not fate.fell:
            return 1
        self.made.pass_time(STALLED_MS)
        # What the queue forgot is found by whoever looks for forsaken jobs.
        self.product.queue.waiting |= not fate.forgotten
        return attempt

    def _fate(self) -> tuple[Fate, asyncio.Event]:
        stopping = asyncio.Event()
        tell = self.post.tell_due
        return Fate(self.dooms, stopping.set, self._cancel, self.made.say, tell), stopping

    async def _work(self, fate: Fate, stopping: asyncio.Event, attempt: int) -> None:
        """Let a worker work until it is done, dead or frozen."""
        collector = self.product.collector(fate, stopping)
        work = asyncio.create_task(collector.work(self.product.connection_id, attempt))
        fate.task, self.made.interrupt = work, fate.called
        if self._zombies:
            # It wakes up while another works.
            fate.other, self.made.interrupt = self._zombies[0].fate.thawed, None
        frozen = asyncio.create_task(fate.frozen.wait())
        await asyncio.wait({work, frozen}, return_when=asyncio.FIRST_COMPLETED)
        frozen.cancel()
        self.made.interrupt = None
        self.met.update(kind.value for kind in fate.met)
        if fate.met and await self.product.in_slices():
            self.met.update(f"in slices: {kind.value}" for kind in fate.met)
        if not work.done():
            self._zombies.append(Zombie(work, fate))
        elif not work.cancelled():
            await self._thaw()
            work.result()

    async def _thaw(self) -> None:
        while self._zombies:
            await self._zombies.pop(0).end()

    async def _cancel(self) -> None:
        for job in await self.product.jobs.page(WORKSPACE, reference="", before=None, size=1):
            await self.product.jobs.cancel(WORKSPACE, job.job_id)
