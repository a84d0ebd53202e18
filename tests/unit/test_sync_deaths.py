"""Which ends of a job leave a dead letter, and what it says."""

import pytest

from services.kernel.errors import SiteNotAllowed, SiteUnreachable, StoreUnavailable
from services.kernel.sync_job import JobState
from services.sync.credentials import CredentialUnreadable
from services.sync.domain.dead_letter import Death, Reason
from services.sync.queue import ATTEMPTS, DEATHS, PutBack, TryAgain
from services.sync.runs import UNFORESEEN_ATTEMPTS
from services.sync.sources.answers import CredentialRefused, SiteRefuses, Wait
from tests.unit.sync_collecting import Bench

SECRET = "https://ann:s3cr3t@site.example/rest"


async def death(error: Exception, attempt: int) -> Death | None:
    """Let a job end by an error of its site; gives what its letter says."""
    bench = Bench()
    if isinstance(error, SiteNotAllowed | CredentialUnreadable):
        bench.opening = [error]
    bench.site.raising = {"statuses": [error]}
    job = await bench.job()
    await bench.work(attempt)
    assert (await bench.runs.job(job)).state is JobState.FAILED
    return bench.runs.deaths.get(job.job_id)


@pytest.mark.parametrize(
    ("error", "attempt", "reason"),
    [
        (SiteUnreachable("TimeoutError"), ATTEMPTS, Reason.ATTEMPTS_SPENT),
        (StoreUnavailable(), ATTEMPTS, Reason.ATTEMPTS_SPENT),
        (ZeroDivisionError(SECRET), UNFORESEEN_ATTEMPTS, Reason.UNEXPECTED),
        (SiteRefuses(f"it says {SECRET}"), 1, Reason.UNUSABLE),
        (SiteNotAllowed("site_url", "not this one"), 1, Reason.UNUSABLE),
    ],
)
async def test_what_leaves_a_letter(error: Exception, attempt: int, reason: Reason) -> None:
    """Its reason, how often it was tried, and an error in words that hold no secret."""
    left = await death(error, attempt)
    assert left is not None
    assert (left.reason, left.attempts) == (reason, attempt)
    assert left.error
    assert "s3cr3t" not in left.error


@pytest.mark.parametrize("error", [CredentialRefused(), CredentialUnreadable("of another key")])
async def test_a_refused_credential_leaves_none(error: Exception) -> None:
    """Another credential starts it anew."""
    assert await death(error, 1) is None


@pytest.mark.parametrize("error", [SiteUnreachable("away"), ZeroDivisionError(), Wait(5)])
async def test_what_is_tried_again_leaves_none(error: Exception) -> None:
    """Nothing is dead before its last attempt."""
    bench = Bench()
    bench.site.raising = {"statuses": [error]}
    await bench.job()
    with pytest.raises((TryAgain, PutBack)):
        await bench.work(1)
    assert bench.runs.deaths == {}


async def test_what_kills_workers() -> None:
    """Its letter says so, and how many died of it."""
    bench = Bench()
    job = await bench.job()
    await bench.collector.give_up(job.connection_id)
    left = bench.runs.deaths[job.job_id]
    assert (left.reason, left.attempts) == (Reason.KILLED_WORKERS, DEATHS)
