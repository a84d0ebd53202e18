"""The collector on stores in memory: the order of steps, and how they end."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest
from redis.exceptions import ConnectionError as RedisAway

from services.kernel.errors import SiteUnreachable
from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, Mode
from services.sync.collecting import OVERLAP_MILLISECONDS, PAGE
from services.sync.domain.selection import Selection
from services.sync.queue import PutBack
from services.sync.sources.answers import CredentialRefused, SiteRefuses, Wait
from tests.contract.run_store import NOW, job_of
from tests.unit.sync_collecting import Bench, HandMadeSite, raw


async def test_a_full_run() -> None:
    """Swept, read by pages of a hundred, stored once each, done; the next DELTA's ground is ours.

    An issue that comes twice in a sweep, because it moved in the order, is collected once.
    """
    ids = [str(number) for number in range(1, 251)]
    bench = Bench(HandMadeSite(sweeps=[ids[:200], ids[190:], ["250", "250"]]))
    job = await bench.job()
    await bench.work()
    done = await bench.runs.job(job)
    assert done.state is JobState.SUCCEEDED
    assert (done.issues_total, done.issues_done) == (250, 250)
    assert set(await bench.runs.issues(bench.connection)) == {IssueId(one) for one in ids}
    read = [asked for name, asked in bench.site.asked if name == "issues"]
    assert [len(page) for page in read] == [PAGE, PAGE, 50]
    state = await bench.runs.state(bench.connection)
    assert state.complete_until == NOW - OVERLAP_MILLISECONDS
    assert bench.heard.told == 1


async def test_a_site_may_give_more_ids_at_once_than_was_asked_for() -> None:
    """Pages are numbered on, however many come at once: none takes another's place."""
    ids = [str(number) for number in range(100_201)]
    bench = Bench(HandMadeSite(sweeps=[ids[:100_101], ids[100_101:]]))
    bench.site.raising = {"changelogs": [Wait(NOW + 1)]}
    job = await bench.job()
    with pytest.raises(PutBack):
        await bench.work()
    pages = bench.runs.pages[job.job_id].values()
    assert sum(len(page.ids) for page, _ in pages) == len(ids)


@pytest.mark.parametrize(
    ("mode", "since", "projects", "question"),
    [
        (Mode.FULL, None, (), "created >= 0 ORDER BY created ASC, key ASC"),
        (Mode.FULL, None, ("A", "B"), 'project in ("A", "B") ORDER BY created ASC, key ASC'),
        (Mode.DELTA, 5, ("A",), 'project in ("A") AND updated >= 5 ORDER BY updated ASC, key ASC'),
    ],
)
async def test_questions(
    mode: Mode, since: int | None, projects: tuple[str, ...], question: str
) -> None:
    """A DELTA asks for what was touched since its cursor, a FULL for all, each in its scope."""
    bench = Bench()
    bench.connection = replace(bench.connection, selection=Selection(projects))
    await bench.job(mode, since=since)
    await bench.work()
    assert ("sweep", question) in bench.site.asked


async def test_the_cursor_is_not_what_the_site_says() -> None:
    """An issue from the future moves nothing: the cursor is when we asked, less the overlap."""
    bench = Bench()
    bench.site.rows = {"1": raw("1", updated="2030-01-01T00:00:00.000+0000")}
    await bench.job()
    await bench.work()
    kept = bench.runs.kept[bench.connection.connection_id]
    assert kept.connection.cursor == NOW - OVERLAP_MILLISECONDS


async def test_what_cannot_be_kept_is_left_out() -> None:
    """One broken issue does not stop the others."""
    bench = Bench()
    bench.site.rows = {"1": {"id": "1", "key": "AB-1", "fields": {}}}
    job = await bench.job()
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    assert set(await bench.runs.issues(bench.connection)) == {IssueId("2")}


async def test_nothing_to_do() -> None:
    """A connection that is gone, or has no job, is no error."""
    bench = Bench()
    await bench.work()
    assert bench.site.asked == []


async def test_a_worker_that_stops() -> None:
    """It leaves a silent site at once and puts the job back; no page is lost."""
    bench = Bench(HandMadeSite(silent=True))
    job = await bench.job()
    work = asyncio.create_task(bench.work())
    await asyncio.wait_for(bench.site.reached.wait(), 5)
    bench.stopping.set()
    with pytest.raises(PutBack):
        await work
    assert (await bench.runs.job(job)).state is JobState.QUEUED
    bench.stopping.clear()
    bench.site.silent = False
    await bench.work()
    done = await bench.runs.job(job)
    assert (done.state, done.issues_done) == (JobState.SUCCEEDED, 2)


@pytest.mark.parametrize(
    "error", [Wait(NOW + 1), SiteUnreachable("x"), CredentialRefused(), ZeroDivisionError()]
)
async def test_a_superseded_worker_is_no_error(error: Exception) -> None:
    """It ends in silence, also where it would put the job down or end it: another has it."""
    bench = Bench()
    job = await bench.job()
    bench.site.meanwhile = partial(bench.runs.claim, bench.connection.connection_id, NOW)
    bench.site.raising = {"issues": [error]}
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.RUNNING


@pytest.mark.parametrize("ends_well", [True, False])
async def test_the_job_behind_is_put_into_the_queue(*, ends_well: bool) -> None:
    """However a job ends, the one behind it is set going; a queue that is away is no failure."""
    for trouble in ([], [RedisAway("away")], [TimeoutError()]):
        bench = Bench()
        bench.heard.raising = list(trouble)
        bench.site.raising = {} if ends_well else {"issues": [SiteRefuses("no")]}
        first, second = job_of(bench.connection, "1"), job_of(bench.connection, "2")
        await bench.runs.add(bench.connection, first, second)
        await bench.work()
        assert bench.heard.put_in == ([] if trouble else [bench.connection.connection_id])
        assert (await bench.runs.job(first)).state.final
        assert (await bench.runs.job(second)).state is JobState.QUEUED


async def test_a_first_sync_shows_itself_growing() -> None:
    """A first FULL raises the revision every five pages; a later one at its end only."""
    bench = Bench(HandMadeSite(sweeps=[[str(number) for number in range(1100)]]))
    await bench.job()
    await bench.work()
    assert bench.heard.told == 3
    assert (await bench.runs.state(bench.connection)).revision == 3
    again = job_of(bench.connection, "2")
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[again.job_id], kept.active = again, again.job_id
    await bench.work()
    assert (await bench.runs.state(bench.connection)).revision == 4


async def test_a_delta_begins_before_the_sweep_it_follows() -> None:
    """What was edited while a run went on is asked for by the next, and stored where newer.

    The first run takes an hour: that it ended then is no ground, only when its sweep began.
    """
    bench = Bench(HandMadeSite(sweeps=[["1"]]))

    async def an_hour_passes() -> None:
        bench.now += 3_600_000

    bench.site.meanwhile = an_hour_passes
    await bench.job()
    await bench.work()
    bench.site.meanwhile = None
    cursor = bench.runs.kept[bench.connection.connection_id].connection.cursor
    again = job_of(bench.connection, "2", Mode.DELTA, since=cursor)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[again.job_id], kept.active = again, again.job_id
    bench.site.rows = {"1": raw("1", updated="2023-11-14T22:14:00.000+0000")}
    await bench.work()
    question = f"updated >= {NOW - 600_000} ORDER BY updated ASC, key ASC"
    assert bench.site.asked[-3] == ("sweep", question)
    [(stored, _)] = (await bench.runs.issues(bench.connection)).values()
    assert stored.updated == 1_700_000_040_000
    done = bench.now - 600_000
    assert (await bench.runs.state(bench.connection)).complete_until == done
