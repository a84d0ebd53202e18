"""The weekly digest: what one bulk answer left out of a history is found, read again, and said."""

from contextlib import suppress
from typing import Any

import pytest

from services.kernel.errors import SiteUnreachable
from services.kernel.ids import IssueId
from services.kernel.sync_job import Mode
from services.sync.domain.digest import (
    DIGEST_MILLISECONDS,
    LOOKED_AT_MORE,
    SAMPLED,
    Checked,
    History,
    drawn,
    is_due,
)
from services.sync.queue import PutBack
from tests.contract.run_store import NOW, job_of
from tests.unit.sync_collecting import Bench, HandMadeSite, raw

ROW = {"id": "7", "created": 5, "items": [{"field": "status", "from": "1", "to": "2"}]}


async def census(bench: Bench, name: str) -> None:
    job = job_of(bench.connection, name, Mode.CENSUS)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[job.job_id], kept.active = job, job.job_id
    bench.site.asked.clear()
    await bench.work()


async def collected(**site: Any) -> Bench:
    """Collect a site with two issues, without a row of history."""
    bench = Bench(HandMadeSite(**site))
    await bench.job()
    await bench.work()
    return bench


def found(bench: Bench) -> Checked:
    digest = bench.runs.kept[bench.connection.connection_id].digest
    assert digest is not None
    [checked] = digest.projects
    return checked


async def test_a_row_that_was_left_out_is_read() -> None:
    """The issue looks known to every sweep: only the site's own count tells."""
    bench = await collected(guess=3)
    bench.site.histories, bench.site.totals = {"2": [ROW]}, {"2": 1}
    await census(bench, "2")
    issue, _ = (await bench.runs.issues(bench.connection))[IssueId("2")]
    assert (issue.history_count, len(issue.changes)) == (1, 1)
    assert found(bench) == Checked("100", issues=2, entries=1, differing=0, estimate=3)
    assert ("estimate", "project = 100") in bench.site.asked


class Faltering(HandMadeSite):
    """A site that does not answer every seventh question for a history."""

    async def history_total(self, issue_id: IssueId) -> int | None:
        """Tell how many rows there are, or nothing."""
        total = await super().history_total(issue_id)
        if len([name for name, _ in self.asked if name == "history_total"]) % 7 == 0:
            raise SiteUnreachable("silent")
        return total


async def test_a_digest_of_many_projects_goes_on_where_it_ended() -> None:
    """However often the site falters meanwhile: it costs no attempt, and nothing is asked twice."""
    ids = [str(number) for number in range(200, 240)]
    rows = {each: raw(each, project={"id": each, "key": f"P{each}"}) for each in ids}
    bench = Bench(Faltering(sweeps=[ids], rows=rows))
    await bench.job()
    await bench.work()
    with pytest.raises(PutBack):
        await census(bench, "2")
    for _ in range(10):
        with suppress(PutBack):
            await bench.work()
    digest = bench.runs.kept[bench.connection.connection_id].digest
    assert digest is not None
    assert [one.project_id for one in digest.projects] == ids
    asked = [what for name, what in bench.site.asked if name == "history_total"]
    assert len(asked) <= len(ids) + len(ids) // 6 + 1


async def test_what_still_differs_is_said() -> None:
    """The site counts a row that it does not give: that is not ours to hide."""
    bench = await collected()
    bench.site.totals = {"2": 5}
    await census(bench, "2")
    assert found(bench) == Checked("100", issues=2, entries=5, differing=1)


async def test_what_is_not_shown_is_not_checked() -> None:
    bench = await collected()
    bench.site.gone, bench.site.totals = {"1"}, {"1": 9}
    await census(bench, "2")
    assert found(bench) == Checked("100", issues=1)


async def test_once_a_week() -> None:
    bench = await collected()
    await census(bench, "2")
    await census(bench, "3")
    assert "history_total" not in [name for name, _ in bench.site.asked]
    bench.now += DIGEST_MILLISECONDS
    await census(bench, "4")
    assert "history_total" in [name for name, _ in bench.site.asked]
    assert is_due(None, NOW)


async def test_more_of_a_project_is_looked_at_where_something_differs() -> None:
    """A sample is enough where all is well; where it is not, it is not one issue's bad luck."""
    ids = [str(number) for number in range(200, 320)]
    bench = await collected(sweeps=[ids])
    await census(bench, "2")
    assert found(bench).issues == SAMPLED
    bench.now += DIGEST_MILLISECONDS
    bench.site.histories = {each: [ROW] for each in ids}
    bench.site.totals = dict.fromkeys(ids, 1)
    await census(bench, "3")
    assert found(bench).issues == SAMPLED + LOOKED_AT_MORE
    stored = await bench.runs.issues(bench.connection)
    assert sum(one.history_count for one, _ in stored.values()) == SAMPLED + LOOKED_AT_MORE


def test_each_digest_draws_others() -> None:
    stored = [History(IssueId(str(number)), "100", 0) for number in range(1000)]
    one, other = (drawn(stored, seed)["100"][:SAMPLED] for seed in ("job_1", "job_2"))
    assert one == drawn(stored[::-1], "job_1")["100"][:SAMPLED]
    assert set(one) != set(other)
