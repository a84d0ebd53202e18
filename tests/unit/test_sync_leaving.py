"""What a restriction matches no more: noticed by the next DELTA, though no list tells of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, Mode
from services.sync.domain.ledger import Found
from services.sync.domain.selection import Selection
from services.sync.queue import PutBack
from services.sync.sources.answers import Wait
from tests.contract.run_store import NOW, connection_named, job_of
from tests.unit.sync_collecting import Bench, HandMadeSite
from tests.unit.sync_marking import alive

BUGS = "type = Bug"


@dataclass
class Restricted(HandMadeSite):
    """A site whose lists of bugs leave out what is none."""

    async def sweep(self, question: str, *, dated: bool = False) -> AsyncIterator[list[Found]]:
        """List what a question finds."""
        async for rows in super().sweep(question, dated=dated):
            yield [
                row for row in rows if BUGS not in question or row.issue_id not in self.elsewhere
            ]


async def collected(selection: Selection) -> Bench:
    """Give a bench after a first FULL, of issues 1 and 2."""
    connection = replace(connection_named("1"), selection=selection)
    bench = Bench(Restricted(), connection=connection)
    await bench.job()
    await bench.work()
    bench.site.asked.clear()
    return bench


async def delta(bench: Bench) -> JobState:
    """Ask what changed; gives how that ended."""
    job = job_of(bench.connection, f"delta-{len(bench.runs.jobs)}", Mode.DELTA, since=5)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[job.job_id], kept.active = job, job.job_id
    await bench.work()
    return (await bench.runs.job(job)).state


def swept(bench: Bench) -> list[str]:
    return [what.partition(" ORDER")[0] for name, what in bench.site.asked if name == "sweep"]


async def test_what_left_is_collected_no_more() -> None:
    """It is marked as deleted, readers look again, and the other one stays."""
    bench = await collected(Selection(("AB",), BUGS))
    before = await bench.runs.state(bench.connection)
    bench.site.elsewhere = {"1"}
    assert await delta(bench) is JobState.SUCCEEDED
    assert await alive(bench) == {"2"}
    assert (await bench.runs.state(bench.connection)).revision > before.revision
    assert swept(bench) == [
        'project in ("AB") AND (type = Bug) AND updated >= 5',
        'project in ("AB") AND updated >= 5',
    ]


@pytest.mark.parametrize(
    ("selection", "sweeps"), [(Selection((), BUGS), 2), (Selection(("AB",)), 1), (Selection(), 1)]
)
async def test_nothing_new_costs_one_list_more(selection: Selection, sweeps: int) -> None:
    """And that only where a restriction is collected: nothing is read or matched."""
    bench = await collected(selection)
    revision = (await bench.runs.state(bench.connection)).revision
    await delta(bench)
    assert [name for name, _ in bench.site.asked] == ["sweep"] * sweeps
    assert (await bench.runs.state(bench.connection)).revision == revision


async def test_what_a_lost_permission_hides_has_not_left() -> None:
    """It does not match any more either; but what is not given by its id is for a CENSUS."""
    bench = await collected(Selection((), BUGS))
    bench.site.elsewhere = bench.site.gone = {"1", "2"}
    await delta(bench)
    assert await alive(bench) == {"1", "2"}


async def test_what_an_index_left_out_has_not_left() -> None:
    """It was not found by the restriction, and matches it: it is read again."""
    bench = await collected(Selection((), BUGS))
    bench.site.elsewhere = {"1"}

    async def matching(question: str, ids: object) -> set[IssueId]:
        return {IssueId("1")}

    bench.site.matching = matching  # type: ignore[method-assign]
    await delta(bench)
    assert await alive(bench) == {"1", "2"}
    assert ("issues", ("1",)) in bench.site.asked


async def test_whoever_takes_over_finds_what_left() -> None:
    """It was listed by a worker that had to put the job down before it looked."""
    bench = await collected(Selection((), BUGS))
    bench.site.elsewhere = {"1"}
    bench.site.raising = {"matching": [Wait(NOW + 1)]}
    with pytest.raises(PutBack):
        await delta(bench)
    bench.now = NOW + 1
    await bench.work()
    assert await alive(bench) == {"2"}
    assert len(swept(bench)) == 2
