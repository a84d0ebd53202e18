"""Whether what vanished was deleted: asked for by id, believed where it is little, else held."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, Mode
from services.sync.collecting import CENSUS_OVERLAP_MILLISECONDS, OVERLAP_MILLISECONDS
from services.sync.domain import translate
from services.sync.domain.selection import Selection
from tests.contract.run_store import NOW, job_of
from tests.unit.sync_collecting import Bench, HandMadeSite, raw

LATER = "2023-06-01T00:00:00.000+0000"


async def _again(bench: Bench, mode: Mode = Mode.FULL, **values: bool) -> None:
    """Run another job of the bench's connection."""
    job = job_of(bench.connection, f"again-{len(bench.runs.jobs)}", mode, **values)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[job.job_id], kept.active = job, job.job_id
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


async def _alive(bench: Bench) -> set[str]:
    stored = await bench.runs.issues(bench.connection)
    return {issue_id for issue_id, (issue, _) in stored.items() if issue.deleted is None}


async def _stored(count: int) -> Bench:
    """Give a bench whose connection has so many issues stored."""
    bench = Bench(HandMadeSite(sweeps=[[str(number) for number in range(count)]]))
    await bench.job()
    await bench.work()
    bench.site.asked.clear()
    return bench


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.CENSUS])
async def test_a_deleted_issue_is_found(mode: Mode) -> None:
    """It is not listed, and not given by its id: marked as deleted, and the revision rises."""
    bench = await _stored(10)
    before = await bench.runs.state(bench.connection)
    bench.site.sweeps = [[str(number) for number in range(9)]]
    bench.site.gone = {"9"}
    await _again(bench, mode)
    assert await _alive(bench) == {str(number) for number in range(9)}
    after = await bench.runs.state(bench.connection)
    assert (after.issue_count, after.expected_issue_count) == (9, 9)
    assert after.revision > before.revision


async def test_what_a_search_leaves_out_for_a_while_stays() -> None:
    """An index that lags is no deletion: the issue is there when it is asked for by its id."""
    bench = await _stored(10)
    bench.site.sweeps = [["0"]]
    await _again(bench, Mode.CENSUS)
    assert len(await _alive(bench)) == 10


async def test_a_lost_permission_deletes_nothing() -> None:
    """A whole project that vanishes is held, until somebody says that it was deleted."""
    bench = await _stored(10)
    bench.site.sweeps, bench.site.gone = [[]], {str(number) for number in range(10)}
    await _again(bench, Mode.CENSUS)
    assert len(await _alive(bench)) == 10
    assert (await bench.runs.state(bench.connection)).held_count == 10
    await _again(bench, Mode.FULL, believes_vanished=True)
    assert await _alive(bench) == set()
    assert (await bench.runs.state(bench.connection)).held_count == 0


@pytest.mark.parametrize("left", ["made later", "moved away"])
async def test_a_lost_permission_deletes_nothing_also_where_not_all_of_it_is_missed(
    left: str,
) -> None:
    """One issue was made since by the clock of the site, or is in another project by now.

    It is neither missed nor given as one of the project: nothing is shown of that.
    """
    bench = await _stored(10)
    everything = [str(number) for number in range(10)]
    bench.site.sweeps, bench.site.gone = [[]], set(everything)
    if left == "made later":
        bench.site.sweeps = [["10"]]
        bench.site.rows["10"] = raw("10", created="2030-01-01T00:00:00.000+0000")
        bench.site.gone = set()
        await _again(bench, Mode.CENSUS)
        bench.site.sweeps, bench.site.gone = [[]], {*everything, "10"}
    else:
        bench.site.rows["9"] = raw("9", project={"id": "200", "key": "CD"})
        bench.site.gone = set(everything) - {"9"}
    before = await _alive(bench)
    await _again(bench, Mode.CENSUS)
    assert await _alive(bench) == before


async def test_a_census_reads_what_is_not_stored() -> None:
    """And nothing else; when changes were last asked for stays as it was."""
    bench = await _stored(3)
    bench.now = NOW + 86_400_000
    bench.site.sweeps = [["0", "1", "2", "7"]]
    before = await bench.runs.state(bench.connection)
    await _again(bench, Mode.CENSUS)
    assert await _alive(bench) == {"0", "1", "2", "7"}
    assert [what for name, what in bench.site.asked if name == "issues"] == [("7",)]
    after = await bench.runs.state(bench.connection)
    assert after.complete_until == before.complete_until


async def test_what_was_edited_while_it_was_not_shown_is_read_by_the_next_census() -> None:
    """DELTAs have gone on meanwhile, and ask for later changes: a census asks since the last one.

    While something is held it is since the last one before that.
    """
    bench = await _stored(10)
    reached = NOW - OVERLAP_MILLISECONDS - CENSUS_OVERLAP_MILLISECONDS
    bench.now = NOW + 86_400_000
    bench.site.sweeps, bench.site.gone = [[]], {str(number) for number in range(10)}
    await _again(bench, Mode.CENSUS)
    assert ("sweep", f"updated >= {reached} ORDER BY updated ASC, key ASC") in bench.site.asked
    bench.now = NOW + 2 * 86_400_000
    bench.site.sweeps, bench.site.gone = [[str(number) for number in range(10)]], set()
    bench.site.rows = {"4": raw("4", updated=LATER)}
    bench.site.asked.clear()
    await _again(bench, Mode.CENSUS)
    assert ("sweep", f"updated >= {reached} ORDER BY updated ASC, key ASC") in bench.site.asked
    stored = await bench.runs.issues(bench.connection)
    assert stored[IssueId("4")][0].updated == translate.instant(LATER)
    assert [what for name, what in bench.site.asked if name == "issues"] == [("4",)]
    bench.site.asked.clear()
    await _again(bench, Mode.CENSUS)
    since = bench.now - OVERLAP_MILLISECONDS - CENSUS_OVERLAP_MILLISECONDS
    assert ("sweep", f"updated >= {since} ORDER BY updated ASC, key ASC") in bench.site.asked


async def test_what_an_index_shows_hours_late_is_read_by_the_census_after() -> None:
    """A bulk change: neither the DELTA nor the census of that day saw it."""
    bench = await _stored(3)
    bench.now = NOW + 86_400_000
    await _again(bench, Mode.CENSUS)
    edited = datetime.fromtimestamp(bench.now / 1000 - 3 * 3600, tz=UTC).isoformat()
    bench.site.rows = {"1": raw("1", updated=edited)}
    bench.now += 86_400_000
    bench.site.asked.clear()
    await _again(bench, Mode.CENSUS)
    [asked] = [str(what) for name, what in bench.site.asked if name == "sweep" and "upd" in what]
    since = int(asked.removeprefix("updated >= ").split()[0])
    assert since <= translate.instant(edited), "an index finds what the question is about"


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.CENSUS])
async def test_what_was_set_aside_and_is_no_more_is_forgotten(mode: Mode) -> None:
    """Nothing of it is stored: an issue that is not there is none that cannot be kept."""
    bench = Bench(HandMadeSite(sweeps=[["1", "2"]], rows={"2": raw("2", status=None)}))
    await bench.job()
    await bench.work()
    assert (await bench.runs.state(bench.connection)).quarantined_count == 1
    bench.site.sweeps = [["1"]]
    await _again(bench, mode)
    assert (await bench.runs.state(bench.connection)).quarantined_count == 1, "only not listed"
    bench.site.gone = {"2"}
    await _again(bench, mode)
    assert (await bench.runs.state(bench.connection)).quarantined_count == 0
    assert await _alive(bench) == {"1"}


async def test_what_comes_back_is_as_it_was() -> None:
    """An issue taken for deleted, given again: it is there again, and was counted once."""
    bench = await _stored(3)
    bench.site.sweeps, bench.site.gone = [["0", "1"]], {"2"}
    await _again(bench, Mode.CENSUS)
    bench.site.sweeps, bench.site.gone = [["0", "1", "2"]], set()
    await _again(bench, Mode.CENSUS)
    assert await _alive(bench) == {"0", "1", "2"}
    assert (await bench.runs.state(bench.connection)).issue_count == 3


async def test_what_left_the_scope_is_collected_no_more() -> None:
    """An issue that moved to a project that is not asked for is marked, however many they are."""
    bench = Bench(HandMadeSite(sweeps=[[str(number) for number in range(8)]]))
    bench.connection = replace(bench.connection, selection=Selection(("AB",)))
    await bench.job()
    await bench.work()
    other = {"id": "200", "key": "CD"}
    bench.site.rows = {str(number): raw(str(number), project=other) for number in range(8)}
    bench.site.elsewhere = {str(number) for number in range(8)}
    bench.site.sweeps = [[]]
    await _again(bench, Mode.CENSUS)
    assert await _alive(bench) == set()
    assert ("matching", 'project in ("AB")') in bench.site.asked
