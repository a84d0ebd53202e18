"""One world from its seed to its verdict."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from unittest.mock import patch

from tests.soak.judging import Judge
from tests.soak.living import Living
from tests.soak.made_site import MadeSite
from tests.soak.plan import BEGIN_MS, Plan
from tests.soak.post import Post
from tests.soak.product import Stores, product
from tests.soak.purse import waits
from tests.soak.reading import Reader
from tests.soak.scope import selection, truth_in_scope
from tests.soak.watching import Watch
from tests.soak.working import Endless, Working
from twin.clock import Clock, Past
from twin.life.founding import Founding, found
from twin.serving import running

PAST_DAYS: Final = 60


@dataclass(slots=True)
class Outcome:
    """What became of a world."""

    seed: int
    findings: list[str] = field(default_factory=list)
    issues: int = 0
    edits: int = 0
    calls: int = 0
    jobs: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    trace: list[str] = field(default_factory=list)


async def soaked(plan: Plan, stores: Stores) -> Outcome:
    """Make a world, live through its plan, let it be quiet, and hold what is stored to the truth.

    Whatever is raised on the way is a finding: nothing of it may reach whoever runs the product.
    """
    begun, outcome = time.perf_counter(), Outcome(plan.seed)
    random.seed(plan.seed)
    try:
        # Worlds are small: so are pages, for a run to have several, and what is listed in slices.
        with (
            patch("services.sync.collecting.PAGE", plan.page),
            patch("services.sync.domain.slices.SLICED_FROM", plan.sliced_from),
            patch("services.sync.backfill.AT_ONCE", plan.beside),
            patch("services.sync.collecting.AT_ONCE", plan.beside),
        ):
            await _lived(plan, stores, outcome)
    except Exception as error:  # noqa: BLE001 - it is the verdict
        outcome.findings.append(f"raised {type(error).__name__}: {error}")
    outcome.seconds = time.perf_counter() - begun
    return outcome


async def _lived(plan: Plan, stores: Stores, outcome: Outcome) -> None:
    now, waited = Past(BEGIN_MS), waits()
    founding = Founding(plan.issues, plan.projects, plan.edits_per_issue, PAST_DAYS)
    world = found(founding, seed=plan.seed, now_ms=BEGIN_MS)
    async with (
        running(world, clock=Clock(source=now)) as twin,
        product(stores, plan, origin=twin.origin, time=now) as parts,
    ):
        made = MadeSite(plan, twin.site, now, outcome.trace)
        post = Post(twin.site, parts.connection_id, plan.hooks, parts.intake)
        reader, working = Reader(made, parts), Working(made, parts, post)
        watch = Watch(made, parts)
        living = Living(made, parts, reader, working, watch)
        await parts.connect(selection(plan.scope, made.keys))
        try:
            await living.through()
            outcome.findings += await living.quiet()
            outcome.findings += await _judged(living)
        except Endless:
            outcome.findings.append("a job did not end")
        outcome.findings += list(dict.fromkeys([*watch.findings, *reader.findings]))
        outcome.issues, outcome.edits = len(world.records), made.edits
        outcome.calls = sum(twin.site.calls.counted.values())
        outcome.jobs = living.ended
        outcome.met = living.met + working.met + post.met + waits() - waited
        for turns in (twin.site.skies.met, twin.site.paging.met):
            outcome.met.update({f"{turn}": times for turn, times in turns.items()})


async def _judged(living: Living) -> list[str]:
    """Hold what is stored to the truth; what is held must be what vanished, until it is believed.

    Where people deleted all of a project one by one, that looks like a lost permission.
    """
    made, parts = living.made, living.product
    truth = truth_in_scope(made.site, made.scope, made.keys)
    held, said = (await parts.connection()).state.held_count, []
    if held:
        ghosts = await parts.stored() - {one["id"] for one in truth["issues"]}
        if held != len(ghosts):
            said.append(f"{held} are held, and {len(ghosts)} are not there")
        await living.believe()
    said += await Judge(made, parts, truth).findings()
    aside = await parts.set_aside()
    if not aside & await parts.stored():
        # What is set aside is not counted with; completeness has told so.
        counted = [one for one in truth["issues"] if one["id"] not in aside]
        await living.reader.judge({**truth, "issues": counted})
    return said
