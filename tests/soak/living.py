"""Lives through a plan: people and syncs by turns, workers that fare ill, and at last quiet."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from services.kernel.connection import ConnectionStanding
from services.kernel.errors import ConnectionNeedsCredentials
from services.kernel.sync_job import JobState, Mode, SyncJob
from services.sync.domain.wanted import Wanted
from tests.soak.fate import Doom
from tests.soak.made_site import MadeSite
from tests.soak.plan import DOOMS, HOUR_MS, MINUTE_MS, SCOPES, SYNCS, Kind, Step
from tests.soak.product import WORKSPACE, Product
from tests.soak.reading import Reader
from tests.soak.scope import selection
from tests.soak.watching import Before, Watch
from tests.soak.working import Working
from twin.site import ACCEPTED_TOKEN

MODES: Final = {Kind.FULL: Mode.FULL, Kind.DELTA: None}
# A day, the tenth by which a census may come later, and some.
UNTIL_CENSUS_MS: Final = 27 * HOUR_MS
# People edit until the last minute: some of it the index has not heard of when a census begins.
LAST_MINUTES_MS: Final = 3 * MINUTE_MS


@dataclass(slots=True)
class Living:
    """A world under way."""

    made: MadeSite
    product: Product
    reader: Reader
    working: Working
    watch: Watch
    met: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)  # jobs, by mode and how they ended

    async def through(self) -> None:
        """Live through the plan's steps, one after the other."""
        for step in self.made.plan.steps:
            await self._step(step)

    async def _step(self, step: Step) -> None:
        luck = step.luck
        match step.kind:
            case Kind.PEOPLE:
                self.made.say(step.kind)
                most_ms = luck.choice((5 * MINUTE_MS, HOUR_MS, 8 * HOUR_MS))
                ms = luck.randint(MINUTE_MS, most_ms)
                self.made.live(luck, ms=ms, steps=luck.randint(2, 25))
            case Kind.READ:
                await self.reader.look()
            case kind if kind in SYNCS:
                await self.sync(kind)
            case kind if kind in DOOMS:
                self.working.dooms.append(Doom.of(step))
            case Kind.SCOPE:
                self.made.say(step.kind)
                self.met[step.kind.value] += 1
                self.made.scope = luck.choice([scope for scope, _ in SCOPES])
                await self.product.collect(selection(self.made.scope, self.made.keys))
            case _:
                self.made.say(step.kind)
                self.met[step.kind.value] += 1
                self.made.turn(step.kind, luck)

    async def quiet(self) -> list[str]:
        """Let all be quiet, and reconcile once: a DELTA and a census, which must succeed."""
        self.made.say("quiet")
        self.made.quiet()
        self.working.post.stop()
        said = []
        for kind in (Kind.DELTA, Kind.CENSUS):
            self.made.pass_time(MINUTE_MS)
            job = await self.sync(kind)
            if job is None or job.state is not JobState.SUCCEEDED:
                said.append(f"the {kind} of a quiet site did not succeed: {job}")
        return said

    async def believe(self) -> None:
        """Take what is held as deleted, as an operator does who knows that it was."""
        self.made.say("believe what vanished")
        before = await self.watch.before()
        await self._ended(await self._asked(Wanted(Mode.FULL, believes_vanished=True)), before)

    async def sync(self, kind: Kind) -> SyncJob | None:
        """Ask for a sync, and have it worked at until its job is over; gives it as it ended."""
        self.made.say(kind)
        await self._sign_in()
        before = await self.watch.before()
        if kind is Kind.CENSUS:
            return await self._ended(await self._census(), before)
        return await self._ended(await self._asked(Wanted(MODES[kind])), before)

    async def _ended(self, job: SyncJob | None, before: Before) -> SyncJob | None:
        await self.working.off()
        if job is None:
            return None
        job = await self.product.jobs.get(WORKSPACE, job.job_id)
        why = job.failure.message if job.failure else ""
        self.made.say(f"{job.mode} {job.state} {why}")
        self.ended[f"{job.mode.value} {job.state.value}"] += 1
        await self.watch.after(job, before)
        return job

    async def _sign_in(self) -> None:
        """Give the site its token back where it was refused, and the connection its credential."""
        connection = await self.product.connection()
        if connection.state.standing is ConnectionStanding.NEEDS_CREDENTIALS:
            self.made.site.token = ACCEPTED_TOKEN
            await self.product.sign_in_again()

    async def _asked(self, wanted: Wanted) -> SyncJob | None:
        try:
            return await self.product.jobs.start(
                WORKSPACE, self.product.connection_id, wanted, request_id=""
            )
        except ConnectionNeedsCredentials:
            return None

    async def _census(self) -> SyncJob | None:
        """Let a day pass, until a census is due and whoever looks has started it."""
        self.made.pass_time(UNTIL_CENSUS_MS)
        self.made.wait(LAST_MINUTES_MS)
        await self.working.post.tell_due()
        await self.product.scheduling.look()
        page = await self.product.jobs.page(WORKSPACE, reference="", before=None, size=1)
        return page[0] if page and not page[0].state.final else None
