"""`python -m tests.load.backfill`: a first sync in slices beside each other, and one after another.

A made site, each answer of which takes a while, read into stores in memory: what is measured is the
waiting, not the writing. Both must store the same issues.
"""

import asyncio
import time
from dataclasses import replace
from unittest.mock import patch

import structlog
import typer
from rich.console import Console

from services.chassis.clock import system_clock
from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState
from services.sync.domain import slices
from services.sync.domain.site import Site
from services.sync.sources.jira_cloud import Credential, JiraCloud
from services.sync.sources.transport import site_sessions
from tests.unit.sync_collecting import Bench
from twin.life.founding import Founding, found
from twin.serving import Running, running
from twin.weather import Weather

NEVER = 10**9


async def measured(issues: int, latency_ms: int) -> tuple[float, float]:
    """Give the seconds that a first sync takes in one slice, and in several."""
    world = found(Founding(issues=issues, projects=8, edits_per_issue=3), seed=1)
    async with running(world) as twin:
        twin.site.skies.change(Weather(seed=1, slow=1, slow_ms=latency_ms))
        serial, whole = await _first_sync(twin, sliced_from=NEVER)
        sliced, same = await _first_sync(twin, sliced_from=1)
    assert whole == same == {IssueId(one) for one in world.records}
    return serial, sliced


async def _first_sync(twin: Running, *, sliced_from: int) -> tuple[float, set[IssueId]]:
    async with site_sessions() as (_, registered):
        site = JiraCloud(
            registered,
            Site(twin.origin, registered=True),
            Credential("a@example.com", twin.site.token),
            system_clock,
        )
        bench = Bench(now=system_clock())
        bench = replace(bench, site=site)  # type: ignore[arg-type]
        job = await bench.job()
        with patch.object(slices, "SLICED_FROM", sliced_from):
            began = time.perf_counter()
            await bench.work()
            took = time.perf_counter() - began
        assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
        return took, set(await bench.runs.issues(bench.connection))


def main(issues: int = 5_000, latency_ms: int = 200) -> None:
    """Measure, and say what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    serial, sliced = asyncio.run(measured(issues, latency_ms))
    Console().print(
        f"{issues:,} issues, up to {latency_ms} ms an answer: {serial:.1f} s one after another, "
        f"{sliced:.1f} s in slices beside each other: {serial / sliced:.1f} times as fast"
    )


if __name__ == "__main__":
    typer.run(main)
