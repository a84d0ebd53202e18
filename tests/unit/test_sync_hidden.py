"""Projects of a scope that the site does not show: the others are collected, nothing is deleted."""

from dataclasses import replace
from typing import Any

import pytest

from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, Mode
from services.sync.domain.completeness import Count, ProjectCount, complete_until
from services.sync.domain.selection import Selection
from services.sync.domain.unshown import Unseen, Unshown
from services.sync.domain.vanishing import Missing, judged
from services.sync.queue import TryAgain
from services.sync.sources.answers import SiteRefuses
from tests.contract.run_store import NOW, connection_named, job_of
from tests.unit.sync_collecting import Bench, HandMadeSite, raw
from tests.unit.sync_marking import LATER, alive, mark, marked, state

SCOPE = Selection(("AB", "CD"), "type = Bug")


def bench_of(**site: Any) -> Bench:
    connection = replace(connection_named("1"), selection=SCOPE)
    return Bench(HandMadeSite(**site), connection=connection)


def unseen(bench: Bench) -> Unseen:
    return bench.runs.kept[bench.connection.connection_id].connection.unseen


async def again(bench: Bench, name: str, mode: Mode, **values: Any) -> Any:
    """Work at another job; gives it as it is then."""
    job = job_of(bench.connection, name, mode, **values)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[job.job_id], kept.active = job, job.job_id
    bench.site.asked.clear()
    await bench.work()
    return await bench.runs.job(job)


async def test_the_others_are_collected() -> None:
    """The site refuses the whole question; it is asked what it takes, and the rest is swept."""
    bench = bench_of(unshown={"CD"})
    job = await bench.job()
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    assert {"1", "2"} == set(await bench.runs.issues(bench.connection))
    swept = [what for name, what in bench.site.asked if name == "sweep"]
    assert [what.partition(" ORDER")[0] for what in swept] == ['project in ("AB") AND (type = Bug)']
    assert unseen(bench) == Unseen({"CD": Unshown(NOW)}, {})


async def test_where_all_are_shown_the_question_itself_is_refused() -> None:
    """A restriction that the site does not take any more is no matter of projects."""
    bench = bench_of()
    refused = bench.site
    refused.unshown = {"never"}
    bench.connection = replace(bench.connection, selection=replace(SCOPE, jql='x = "never"'))
    job = await bench.job()
    await bench.work()
    failed = await bench.runs.job(job)
    assert (failed.state, failed.failure and failed.failure.reason) == (
        JobState.FAILED,
        "SITE_ANSWER_UNUSABLE",
    )


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.CENSUS])
async def test_their_issues_are_held_not_deleted(mode: Mode) -> None:
    """Also where it is a project of two issues, of which people may have deleted both."""
    rows = {"9": raw("9", project={"id": "200", "key": "CD"})}
    bench = bench_of(sweeps=[["1", "9"]], rows=rows)
    await bench.job()
    await bench.work()
    bench.site.unshown, bench.site.sweeps, bench.site.gone = {"CD"}, [["1"]], {"9"}
    await again(bench, "2", mode)
    issue, _ = (await bench.runs.issues(bench.connection))[IssueId("9")]
    assert issue.deleted is None
    count = await bench.runs.counted(bench.connection)
    assert {one.key: one.held for one in count.projects} == {"AB": 0, "CD": 1}


async def test_nothing_of_it_is_shown() -> None:
    """There is nothing to ask for then: an empty question would be for the whole site."""
    bench = bench_of()
    await bench.job()
    await bench.work()
    bench.site.unshown, bench.site.gone = {"AB", "CD"}, {"1", "2"}
    assert (await again(bench, "2", Mode.DELTA, since=5)).state is JobState.SUCCEEDED
    assert "sweep" not in [name for name, _ in bench.site.asked]
    assert (await again(bench, "3", Mode.FULL)).state is JobState.SUCCEEDED
    issues = (await bench.runs.issues(bench.connection)).values()
    assert [one.deleted for one, _ in issues] == [None, None]


async def test_what_is_shown_again_is_looked_through() -> None:
    """What was edited while it was hidden is older than where the next DELTA would begin."""
    bench = bench_of(unshown={"CD"})
    await bench.job()
    await bench.work()
    bench.site.unshown = set()
    assert (await again(bench, "2", Mode.DELTA, since=NOW)).since == 0
    swept = [what for name, what in bench.site.asked if name == "sweep"]
    assert swept[:1] == [
        'project in ("AB", "CD") AND (type = Bug) AND updated >= 0 ORDER BY updated ASC, key ASC'
    ]
    assert (await again(bench, "3", Mode.DELTA, since=NOW)).since == NOW
    assert "taken" not in [name for name, _ in bench.site.asked]


async def test_what_is_not_shown_is_missed_until_a_sync_has_looked_through_it() -> None:
    """While DELTAs go on, and while one that begins to look through it fails."""
    bench = bench_of()
    await bench.job()
    await bench.work()
    first = (await state(bench)).complete_until
    told = []
    for shown, failing in ((False, False), (False, False), (True, True), (True, False)):
        bench.now += 3_600_000
        bench.site.unshown = set() if shown else {"CD"}
        bench.site.raising = {"sweep": [SiteRefuses("no")]} if failing else {}
        name = str(len(bench.runs.jobs) + 1)
        job = await again(bench, name, Mode.DELTA, since=NOW)
        now = await state(bench)
        until = {**unseen(bench).hidden, **unseen(bench).returned}
        told.append(
            (job.since, now.hidden_count, {key: one.complete_until for key, one in until.items()})
        )
    gone = {"CD": first}
    assert told == [(NOW, 1, gone), (NOW, 1, gone), (0, 1, gone), (0, 0, {})]


@pytest.mark.parametrize(
    ("held", "unshown", "until"),
    [
        (0, None, 9),
        (3, None, 5),
        (0, Unshown(8, 7), 7),
        (3, Unshown(8, 7), 7),
        (0, Unshown(8), None),
    ],
)
def test_until_when_a_project_is_complete(
    held: int, unshown: Unshown | None, until: int | None
) -> None:
    """As the last census was that saw what is held; as it was when it was shown last."""
    project = ProjectCount("100", "AB", 3, held)
    assert complete_until(project, Count(NOW, [project], 5), unshown, 9) == until


@pytest.mark.parametrize("known", [True, False])
async def test_webhooks_of_the_others_are_heard(*, known: bool) -> None:
    """Whether it is known by then that one is not shown, or the site refuses what it is asked."""
    bench = bench_of(unshown={"CD"} if known else set())
    await bench.job()
    await bench.work()
    bench.site.unshown, bench.site.rows["7"] = {"CD"}, raw("7", updated=LATER)
    mark(bench, "7")
    await bench.work()
    assert (await alive(bench), marked(bench)) == ({"1", "2", "7"}, [])
    assert list(unseen(bench).hidden) == ["CD"]
    assert (await state(bench)).hidden_count == 1


async def test_a_webhook_of_one_that_is_not_shown() -> None:
    """Its issue stays as it is, also where it is given by its id: a DELTA reads it then."""
    rows = {"9": raw("9", project={"id": "200", "key": "CD"})}
    bench = bench_of(sweeps=[["1", "9"]], rows=rows)
    await bench.job()
    await bench.work()
    bench.site.unshown, bench.site.gone = {"CD"}, {"9"}
    mark(bench, "1", "9")
    await bench.work()
    bench.site.unshown, bench.site.gone, bench.site.elsewhere = set(), set(), {"9"}
    mark(bench, "9")
    await bench.work()
    assert (await alive(bench), marked(bench)) == ({"1", "9"}, [])


async def test_a_webhook_where_nothing_is_shown() -> None:
    """Nothing is asked of the site's projects, and nothing is stored or deleted."""
    bench = bench_of()
    await bench.job()
    await bench.work()
    bench.site.unshown = {"AB", "CD"}
    await again(bench, "2", Mode.DELTA, since=5)
    bench.site.asked.clear()
    mark(bench, "1", "7")
    await bench.work()
    assert (await alive(bench), marked(bench)) == ({"1", "2"}, [])
    assert "matching" not in [name for name, _ in bench.site.asked]


async def test_a_webhook_where_the_question_itself_is_refused() -> None:
    """It is no matter of projects: it is tried again, and the mark stays until then."""
    bench = bench_of()
    bench.connection = replace(bench.connection, selection=replace(SCOPE, jql='x = "never"'))
    await bench.job()
    await bench.work()
    bench.site.unshown = {"never"}
    mark(bench, "7")
    with pytest.raises(TryAgain):
        await bench.work()
    assert marked(bench) == ["7"]


def test_a_project_that_is_called_otherwise_by_now() -> None:
    """The scope names its former key: it is known by going as a whole."""
    gone = [Missing(IssueId(str(number)), "100") for number in range(3)]
    stored = {"100": ProjectCount("100", "NEWER", 3)}
    assert dict(judged(gone, stored, believes=False, hidden={"OLDER"}).held) == {"100": 3}
    assert not judged(gone, stored, believes=True, hidden={"OLDER"}).held
