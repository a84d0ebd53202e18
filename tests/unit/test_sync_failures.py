"""The collector on stores in memory: what each failure leads to."""

import pytest

from services.kernel.connection import ConnectionStanding
from services.kernel.errors import SiteNotAllowed, SiteUnreachable, StoreUnavailable
from services.kernel.sync_job import JobState
from services.sync.credentials import CredentialUnreadable
from services.sync.queue import ATTEMPTS, PutBack, TryAgain
from services.sync.runs import UNFORESEEN_ATTEMPTS
from services.sync.sources.answers import CredentialRefused, SiteRefuses, Wait
from tests.contract.run_store import NOW, job_of
from tests.unit.sync_collecting import Bench, HandMadeSite

# What a run of one page asks of a site, in its order.
CALLS = ["statuses", "fields", "estimating", "estimate", "sweep", "issues", "changelogs"]


async def test_a_site_that_asks_for_patience() -> None:
    """The job waits until then; taken too early it is put back unasked, also after a restart."""
    bench = Bench()
    bench.site.raising = {"issues": [Wait(NOW + 5000, "jira-burst-based")]}
    job = await bench.job()
    with pytest.raises(PutBack) as back:
        await bench.work()
    assert back.value.until == NOW + 5000
    assert (await bench.runs.job(job)).state is JobState.WAITING
    asked = len(bench.site.asked)
    with pytest.raises(PutBack) as back:
        await bench.work()
    assert (back.value.until, len(bench.site.asked)) == (NOW + 5000, asked)
    waiting = await bench.runs.job(job)
    assert (waiting.waiting_until, waiting.waiting_for) == (NOW + 5000, "jira-burst-based")
    bench.now = NOW + 5000
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


@pytest.mark.parametrize("away", [SiteUnreachable("TimeoutError"), StoreUnavailable()])
async def test_something_that_is_away(away: Exception) -> None:
    """It is tried again, as QUEUED; the last attempt ends it with its reason."""
    bench = Bench()
    bench.site.raising = {"statuses": [away, away]}
    job = await bench.job()
    with pytest.raises(TryAgain):
        await bench.work(1)
    assert (await bench.runs.job(job)).state is JobState.QUEUED
    await bench.work(ATTEMPTS)
    ended = await bench.runs.job(job)
    assert ended.state is JobState.FAILED
    assert ended.failure is not None
    assert ended.failure.reason == getattr(away, "reason", None)


async def test_what_got_further_costs_no_attempt() -> None:
    """A site that falters now and then does not use up the attempts of a long sync.

    It falters after each page: even on the last attempt the job goes on, for it got further.
    """
    bench = Bench(HandMadeSite(sweeps=[[str(number) for number in range(250)]]))
    job = await bench.job()
    falters = SiteUnreachable("HTTP 503")
    for done in (100, 200):
        bench.site.failing_after = (1, falters)
        with pytest.raises(PutBack):
            await bench.work(ATTEMPTS)
        put_back = await bench.runs.job(job)
        assert (put_back.state, put_back.issues_done) == (JobState.QUEUED, done)
    bench.site.failing_after = None
    await bench.work(ATTEMPTS)
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("error", "reason", "standing"),
    [
        (CredentialRefused(), "CONNECTION_NEEDS_CREDENTIALS", "NEEDS_CREDENTIALS"),
        (SiteRefuses("HTTP 400"), "SITE_ANSWER_UNUSABLE", "NEW"),
    ],
)
async def test_what_would_be_the_same_again(error: Exception, reason: str, standing: str) -> None:
    """It ends the job at the first attempt; a refused credential ends the connection's syncs."""
    bench = Bench()
    bench.site.raising = {"issues": [error]}
    job = await bench.job()
    await bench.work()
    ended = await bench.runs.job(job)
    assert ended.failure is not None
    assert ended.failure.reason == reason
    state = await bench.runs.state(bench.connection)
    assert state.standing is ConnectionStanding(standing)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CredentialUnreadable("no key"), "CONNECTION_NEEDS_CREDENTIALS"),
        (SiteNotAllowed("site_url", "no more"), "SITE_NOT_ALLOWED"),
    ],
)
async def test_a_site_that_cannot_be_opened(error: Exception, reason: str) -> None:
    """A credential whose key is gone, an address that is allowed no more: told, nothing is sent."""
    bench = Bench(opening=[error])
    job = await bench.job()
    await bench.work()
    ended = await bench.runs.job(job)
    assert ended.failure is not None
    assert ended.failure.reason == reason
    assert bench.site.asked == []


async def test_statuses_that_are_none() -> None:
    """A site whose list of statuses lacks their names is told as unusable, not as our fault."""
    bench = Bench()
    bench.site.listed = [{"id": "1"}]
    job = await bench.job()
    await bench.work()
    ended = await bench.runs.job(job)
    assert ended.failure is not None
    assert ended.failure.reason == "SITE_ANSWER_UNUSABLE"


async def test_what_nobody_foresaw() -> None:
    """A fault of ours is tried a few times, then the job ends: neither lost nor for ever."""
    bench = Bench()
    bench.site.raising = {"statuses": [ZeroDivisionError("secret")] * UNFORESEEN_ATTEMPTS}
    job = await bench.job()
    for attempt in range(1, UNFORESEEN_ATTEMPTS):
        with pytest.raises(TryAgain):
            await bench.work(attempt)
        assert (await bench.runs.job(job)).state is JobState.QUEUED
    await bench.work(UNFORESEEN_ATTEMPTS)
    ended = await bench.runs.job(job)
    assert ended.failure is not None
    assert ended.failure.reason == "INTERNAL"
    assert "secret" not in ended.failure.message


async def test_the_database_away_at_the_very_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot even be claimed is put back: our own store's absence costs no attempt."""
    bench = Bench()
    await bench.job()

    async def away(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(bench.runs, "claim", away)
    with pytest.raises(PutBack):
        await bench.work()


async def test_giving_up() -> None:
    """A job that killed its workers ends; where there is none any more, nothing happens."""
    bench = Bench()
    job = await bench.job()
    await bench.collector.give_up(bench.connection.connection_id)
    ended = await bench.runs.job(job)
    assert (ended.state, ended.failure and ended.failure.reason) == (JobState.FAILED, "INTERNAL")
    await bench.collector.give_up(bench.connection.connection_id)


@pytest.mark.parametrize("call", CALLS)
async def test_a_refused_credential_is_shown_once(call: str) -> None:
    """After a refusal no other call is made, by this job or the one behind: it could lock out."""
    bench = Bench()
    bench.site.raising = {call: [CredentialRefused()]}
    first, second = job_of(bench.connection, "1"), job_of(bench.connection, "2")
    await bench.runs.add(bench.connection, first, second)
    await bench.work()
    assert [name for name, _ in bench.site.asked] == CALLS[: CALLS.index(call) + 1]
    for job in (first, second):
        assert (await bench.runs.job(job)).state is JobState.FAILED
    assert bench.heard.put_in == []
    await bench.work()
    assert len(bench.site.asked) == CALLS.index(call) + 1


@pytest.mark.parametrize("call", CALLS)
async def test_patience_is_given_whatever_was_asked(call: str) -> None:
    """Wherever in a run the site asks for it, even on the last attempt; the job then goes on."""
    bench = Bench()
    bench.site.raising = {call: [Wait(NOW + 5000)]}
    job = await bench.job()
    with pytest.raises(PutBack) as back:
        await bench.work(ATTEMPTS)
    assert back.value.until == NOW + 5000
    assert [name for name, _ in bench.site.asked] == CALLS[: CALLS.index(call) + 1]
    assert (await bench.runs.job(job)).state is JobState.WAITING
    bench.now = NOW + 5000
    await bench.work(ATTEMPTS)
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


async def test_a_silent_site_costs_the_attempts_there_are() -> None:
    """All but the last attempt leave the job QUEUED; it is neither lost nor ended before."""
    bench = Bench()
    bench.site.raising = {"statuses": [SiteUnreachable("x") for _ in range(ATTEMPTS)]}
    job = await bench.job()
    for attempt in range(1, ATTEMPTS):
        with pytest.raises(TryAgain):
            await bench.work(attempt)
        assert (await bench.runs.job(job)).state is JobState.QUEUED
    await bench.work(ATTEMPTS)
    assert (await bench.runs.job(job)).state is JobState.FAILED
    assert len(bench.site.asked) == ATTEMPTS
