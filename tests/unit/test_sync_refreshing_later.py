"""What becomes of marks where something is in the way: none is lost, none is for ever."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from services.kernel.connection import ConnectionStanding
from services.kernel.errors import SiteUnreachable, StoreUnavailable
from services.kernel.ids import IssueId
from services.kernel.sync_job import Mode
from services.sync.credentials import CredentialUnreadable
from services.sync.domain.selection import Selection
from services.sync.hooks.refreshing import HOPELESS_ATTEMPTS
from services.sync.queue import ATTEMPTS, PutBack, TryAgain
from services.sync.sources.answers import CredentialRefused, PageRefused, Wait
from tests.contract.run_store import NOW, job_of
from tests.unit.sync_collecting import Bench, raw
from tests.unit.sync_marking import LATER, alive, mark, marked, state, synced


@pytest.mark.parametrize("error", [Wait(NOW + 5000), SiteUnreachable("x"), StoreUnavailable()])
async def test_marks_wait_for_what_is_away(error: Exception) -> None:
    """Nothing is taken out; it comes again by itself."""
    bench = await synced()
    mark(bench, "7")
    bench.site.raising = {"changelogs": [error]}
    with pytest.raises((PutBack, TryAgain)):
        await bench.work()
    assert marked(bench) == ["7"]
    await bench.work()
    assert marked(bench) == []


async def test_a_site_that_is_away_for_hours() -> None:
    """Its marks stay where they are: whoever looks for what was left behind finds them."""
    bench = await synced()
    mark(bench, "7")
    bench.site.raising = {"issues": [SiteUnreachable("x")]}
    await bench.work(ATTEMPTS)
    assert marked(bench) == ["7"]


@pytest.mark.parametrize("refused", [CredentialRefused(), CredentialUnreadable("x")])
async def test_a_credential_that_is_refused(refused: Exception) -> None:
    """The connection needs another, is asked for nothing until then, and keeps its marks."""
    bench = await synced()
    mark(bench, "7")
    where = bench.opening if isinstance(refused, CredentialUnreadable) else None
    bench.site.raising = {} if where is not None else {"issues": [refused]}
    (where if where is not None else []).append(refused)
    await bench.work()
    assert (await state(bench)).standing is ConnectionStanding.NEEDS_CREDENTIALS
    bench.site.asked.clear()
    await bench.work()
    assert (bench.site.asked, marked(bench)) == ([], ["7"])


@pytest.mark.parametrize("hopeless", [ZeroDivisionError(), PageRefused("no such question")])
async def test_what_nobody_foresaw_is_given_up(hopeless: Exception) -> None:
    """After some attempts, so that it does not go on for ever; the next DELTA reads it."""
    bench = Bench()
    bench.connection = replace(bench.connection, selection=Selection(("AB",)))
    await bench.job()
    await bench.work()
    mark(bench, "7")
    bench.site.raising = {"matching": [hopeless] * HOPELESS_ATTEMPTS}
    for attempt in range(1, HOPELESS_ATTEMPTS):
        with pytest.raises(TryAgain):
            await bench.work(attempt)
        assert marked(bench) == ["7"]
    await bench.work(HOPELESS_ATTEMPTS)
    assert marked(bench) == []


async def test_what_kills_its_workers_is_given_up() -> None:
    """A hundred of its marks, where there is no job whose fault it may be."""
    bench = await synced()
    mark(bench, *map(str, range(150)))
    await bench.collector.give_up(bench.connection.connection_id)
    assert len(marked(bench)) == 50


async def passed(bench: Bench) -> None:
    await bench.runs.hold(bench.connection.connection_id)


async def deleted(bench: Bench) -> None:
    await bench.runs.delete(bench.connection)


@pytest.mark.parametrize("happens", [passed, deleted])
async def test_another_has_the_connection(happens: Callable[[Bench], Awaitable[None]]) -> None:
    """Whoever was thought dead stores nothing, and takes out no mark."""
    bench = await synced()
    mark(bench, "7")
    bench.site.meanwhile = lambda: happens(bench)
    await bench.work()
    assert marked(bench) == ["7"]
    if happens is passed:
        assert await alive(bench) == {"1", "2"}


async def test_a_delta_does_not_read_again_what_a_webhook_had_read() -> None:
    """The index may show it as older, or as it is: it is known either way, and costs no call."""
    bench = await synced()
    bench.site.rows["1"] = raw("1", updated=LATER)
    mark(bench, "1")
    await bench.work()
    for shown in (raw("1"), raw("1", updated=LATER)):
        bench.site.asked.clear()
        bench.site.rows["1"], bench.site.sweeps = shown, [["1"]]
        job = job_of(bench.connection, f"d{len(bench.runs.jobs)}", Mode.DELTA, since=NOW - 1)
        kept = bench.runs.kept[bench.connection.connection_id]
        bench.runs.jobs[job.job_id], kept.active = job, job.job_id
        await bench.work()
        assert [name for name, _ in bench.site.asked] == ["sweep"]
        issue, _ = (await bench.runs.issues(bench.connection))[IssueId("1")]
        assert issue.updated == 1672617600000
