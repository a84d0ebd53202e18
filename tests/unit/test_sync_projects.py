"""Projects that are called otherwise: no issue tells of it, so that a census looks once a day."""

from typing import Any

import pytest

from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, Mode
from services.sync.metadata.projects import PROJECTS
from tests.contract.run_store import job_of
from tests.unit.sync_collecting import Bench, raw
from tests.unit.sync_marking import synced


async def run(bench: Bench, mode: Mode) -> None:
    """Work at another job, which must end well."""
    job = job_of(bench.connection, f"job-{len(bench.runs.jobs)}", mode, since=5)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[job.job_id], kept.active = job, job.job_id
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


async def keys(bench: Bench) -> dict[str, tuple[str, str]]:
    stored = await bench.runs.issues(bench.connection)
    return {issue_id: (one.key, one.project_key) for issue_id, (one, _) in stored.items()}


def called(issue_id: str, key: str) -> dict[str, Any]:
    """Give an issue of the project by another key of it."""
    return {**raw(issue_id, project={"id": "100", "key": key}), "key": f"{key}-{issue_id}"}


async def test_what_is_stored_under_a_former_key_is_read_again() -> None:
    """And nothing else; readers look again, and the counts are told under the present key."""
    bench = await synced()
    before = await bench.runs.state(bench.connection)
    bench.site.rows = {"1": called("1", "NEW"), "2": called("2", "NEW")}
    bench.site.paged_lists[PROJECTS] = [{"id": "100", "key": "NEW"}, {"id": "200", "key": "AB"}]
    await run(bench, Mode.DELTA)
    assert await keys(bench) == {"1": ("AB-1", "AB"), "2": ("AB-2", "AB")}
    await run(bench, Mode.CENSUS)
    assert await keys(bench) == {"1": ("NEW-1", "NEW"), "2": ("NEW-2", "NEW")}
    assert (await bench.runs.state(bench.connection)).revision > before.revision
    count = await bench.runs.counted(bench.connection)
    assert [one.key for one in count.projects] == ["NEW"]


@pytest.mark.parametrize("shown", [None, [], [{"id": "100", "key": "AB"}], [{"id": "7"}]])
async def test_where_nothing_is_known_to_be_called_otherwise(shown: Any) -> None:
    """Nothing is read again: projects as they were, hidden ones, or a site that lists none."""
    bench = await synced()
    bench.site.paged_lists = {} if shown is None else {PROJECTS: shown}
    await run(bench, Mode.CENSUS)
    assert "issues" not in [name for name, _ in bench.site.asked]
    assert set(await keys(bench)) == {IssueId("1"), IssueId("2")}
