"""A run that breaks, is taken over, or is stopped at each of its steps in turn, in memory."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from services.kernel.errors import StoreUnavailable
from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, SyncJob
from services.sync import collecting
from services.sync.collecting import OVERLAP_MILLISECONDS
from services.sync.queue import PutBack, TryAgain
from tests.contract.run_store import job_of
from tests.unit.breaking_steps import Killed, Steps, collector, raising
from tests.unit.sync_collecting import Bench, HandMadeSite

# Seven issues: four pages of two, listed at once up to two, told of after two.
IDS = [str(number) for number in range(1, 8)]
SWEEPS = [IDS[:3], IDS[2:]]
PAGE = 2
MOST_TRIES = 6


@pytest.fixture(autouse=True)
def _unwritten_log() -> Iterator[None]:
    """Take what is logged as it is: to lay out a traceback for a terminal takes a second."""
    with capture_logs():
        yield


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few issues make many steps."""
    monkeypatch.setattr(collecting, "PAGE", PAGE)
    monkeypatch.setattr(collecting, "BATCH_OF_PAGES", 2)
    monkeypatch.setattr(collecting, "PAGES_PER_REVISION", 2)


async def _bench() -> tuple[Bench, SyncJob, SyncJob]:
    """Give a connection with a job and one behind it."""
    bench = Bench(HandMadeSite(sweeps=[list(ids) for ids in SWEEPS]))
    first, second = job_of(bench.connection, "1"), job_of(bench.connection, "2")
    await bench.runs.add(bench.connection, first, second)
    return bench, first, second


async def _steps_of_a_run() -> int:
    bench, *_ = await _bench()
    steps = Steps()
    await collector(bench, steps).work(bench.connection.connection_id, 1)
    assert steps.passed > 40
    return steps.passed


async def _worked_off(bench: Bench, steps: Steps, *jobs: SyncJob) -> None:
    """Work as the queue does: again after whatever came between, until the jobs have ended."""
    attempt = 1
    for _ in range(MOST_TRIES):
        try:
            await collector(bench, steps).work(bench.connection.connection_id, attempt)
        except PutBack as back:
            bench.now = max(bench.now, back.until)
            bench.stopping.clear()
        except TryAgain:
            attempt += 1
        except (Killed, asyncio.CancelledError, ZeroDivisionError):
            # What the queue hears nothing of, or no more than that it went wrong.
            attempt += 1
        if all([(await bench.runs.job(job)).state.final for job in jobs]):
            return
    raise AssertionError(f"not done after {MOST_TRIES} tries")


async def _assert_all_stored_once(bench: Bench, *jobs: SyncJob) -> None:
    stored = await bench.runs.issues(bench.connection)
    assert {issue_id: issue.key for issue_id, (issue, _) in stored.items()} == {
        IssueId(each): f"AB-{each}" for each in IDS
    }
    state = await bench.runs.state(bench.connection)
    assert state.issue_count == state.expected_issue_count == len(IDS)
    for job in jobs:
        done = await bench.runs.job(job)
        assert done.state is JobState.SUCCEEDED
        assert done.issues_done == done.issues_total == len(IDS)
    assert done.query_start is not None
    assert state.complete_until == done.query_start - OVERLAP_MILLISECONDS


def _read_again(bench: Bench, runs: int) -> int:
    """Count the issues that were read beyond once in each run."""
    read = Counter(each for name, ids in bench.site.asked if name == "issues" for each in ids)
    return read.total() - runs * len(IDS)


@pytest.mark.parametrize(
    "error",
    [Killed(), asyncio.CancelledError(), ZeroDivisionError(), StoreUnavailable()],
    ids=lambda error: type(error).__name__,
)
async def test_broken_at_each_step(error: BaseException) -> None:
    """The runs after it end with every issue stored once; of what was done, nothing is redone."""
    for at in range(await _steps_of_a_run()):
        bench, first, second = await _bench()
        await _worked_off(bench, Steps(at, raising(error)), first, second)
        await _assert_all_stored_once(bench, first, second)
        assert _read_again(bench, 2) <= PAGE, at


async def test_stopped_at_each_step() -> None:
    """No other page is asked for; the job is handed back, and taken up at its first undone page."""
    for at in range(await _steps_of_a_run()):
        bench, first, second = await _bench()

        asked: list[int] = []

        async def stop(bench: Bench = bench, asked: list[int] = asked) -> None:
            bench.stopping.set()
            asked.append(len(bench.site.asked))

        back = None
        try:
            await collector(bench, Steps(at, stop)).work(bench.connection.connection_id, 1)
        except PutBack as put_back:
            back = put_back.until
        # Two calls are a page.
        assert len(bench.site.asked) <= asked[0] + 2, at
        handed = await bench.runs.job(first)
        assert (back, handed.state) in {
            (bench.now, JobState.QUEUED),
            (None, JobState.SUCCEEDED),
        }
        bench.stopping.clear()
        await _worked_off(bench, Steps(), first, second)
        await _assert_all_stored_once(bench, first, second)
        assert _read_again(bench, 2) <= PAGE, at


async def test_taken_over_at_each_step() -> None:
    """A worker that was taken for dead writes nothing of what it still holds, and says nothing."""
    for at in range(await _steps_of_a_run()):
        bench, first, second = await _bench()
        left: list[object] = []

        async def other(
            bench: Bench = bench,
            jobs: tuple[SyncJob, ...] = (first, second),
            left: list[object] = left,
        ) -> None:
            await _worked_off(bench, Steps(), *jobs)
            left.append(await _all_kept(bench, *jobs))

        await collector(bench, Steps(at, other)).work(bench.connection.connection_id, 1)
        assert left == [await _all_kept(bench, first, second)], at
        await _assert_all_stored_once(bench, first, second)


async def test_deleted_at_each_step() -> None:
    """A run whose connection is deleted ends without an error, and puts nothing back."""
    for at in range(await _steps_of_a_run()):
        bench, *_ = await _bench()

        async def delete(bench: Bench = bench) -> None:
            await bench.runs.delete(bench.connection)

        await collector(bench, Steps(at, delete)).work(bench.connection.connection_id, 1)
        assert bench.connection.connection_id not in bench.runs.kept


async def _all_kept(bench: Bench, *jobs: SyncJob) -> list[object]:
    """Give everything that is kept, to be compared with later."""
    runs, connection = bench.runs, bench.connection
    kept = runs.kept[connection.connection_id]
    pages = {job_id: dict(found) for job_id, found in runs.pages.items()}
    issues = await runs.issues(connection)
    return [kept.connection, kept.active, pages, issues, *[await runs.job(job) for job in jobs]]
