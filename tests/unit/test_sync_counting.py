"""What is stored of what is counted: one pair, whatever comes and goes between two counts."""

from services.kernel.sync_job import JobState, Mode
from tests.contract.run_store import job_of
from tests.unit.sync_collecting import Bench, HandMadeSite, raw
from tests.unit.sync_marking import LATER, mark


async def _again(bench: Bench, mode: Mode) -> None:
    """Run another job of the bench's connection."""
    job = job_of(bench.connection, f"again-{len(bench.runs.jobs)}", mode)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[job.job_id], kept.active = job, job.job_id
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


async def test_what_is_stored_is_never_more_than_what_is_counted() -> None:
    """What comes and goes between two counts moves both, however it is told."""
    bench = Bench(HandMadeSite(sweeps=[["1", "2"]], rows={"6": raw("6", status=None)}))
    told = []

    async def tell() -> None:
        state = await bench.runs.state(bench.connection)
        told.append((state.issue_count, state.expected_issue_count))

    await bench.job()
    await bench.work()
    await tell()
    bench.site.sweeps = [["3", "4", "5", "6"]]
    await _again(bench, Mode.DELTA)
    await tell()
    bench.site.gone = {"1", "2", "3"}
    mark(bench, "1", "2", "3", deleted=True)
    await bench.work()
    await tell()
    bench.site.rows = {"6": raw("6", updated=LATER)}
    mark(bench, "6")
    await bench.work()
    await tell()
    bench.site.sweeps, bench.site.gone = [["4", "6", "7"]], {"1", "2", "3", "5"}
    await _again(bench, Mode.CENSUS)
    await tell()
    assert told == [(2, 2), (5, 6), (2, 3), (3, 3), (3, 3)]


async def test_what_was_listed_and_not_given_is_counted() -> None:
    """By the site's own word there is more than is stored, until the next count."""
    bench = Bench(HandMadeSite(sweeps=[["1", "2", "3"]], gone={"3"}))
    await bench.job()
    await bench.work()
    state = await bench.runs.state(bench.connection)
    assert (state.issue_count, state.expected_issue_count) == (2, 3)
    bench.site.sweeps = [["1", "2"]]
    await _again(bench, Mode.CENSUS)
    state = await bench.runs.state(bench.connection)
    assert (state.issue_count, state.expected_issue_count) == (2, 2)


async def test_what_is_set_aside_is_counted_in_its_project() -> None:
    """Also where nothing else of the project is there; and one that is stored as it was, once."""
    other = {"id": "200", "key": "CD"}
    bench = Bench(HandMadeSite(sweeps=[["1", "2", "3"]]))
    bench.site.rows = {"3": raw("3", status=None, project=other)}
    await bench.job()
    await bench.work()
    bench.site.rows["1"] = raw("1", updated=LATER, status=None)
    mark(bench, "1")
    await bench.work()
    await _again(bench, Mode.CENSUS)
    count = await bench.runs.counted(bench.connection)
    assert [
        (one.key, one.issues, one.issues + one.unstored, one.quarantined) for one in count.projects
    ] == [("AB", 2, 2, 1), ("CD", 0, 1, 1)]
    state = await bench.runs.state(bench.connection)
    assert (state.issue_count, state.expected_issue_count) == (2, 3)
