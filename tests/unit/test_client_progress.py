"""A sync as people see it go: what it does, how far it is, how it ended."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from client.failures import SyncFailed
from client.show.progress import outcome_in_words, show_progress, stage_in_words
from jira_analytics.sync.v1.sync_pb2 import SyncJob

Progress = SyncJob.Progress
BEGAN = datetime(2026, 4, 1, 12, tzinfo=UTC)


def job(
    state: SyncJob.State.ValueType = SyncJob.RUNNING,
    stage: SyncJob.Progress.Stage.ValueType = Progress.COLLECTING,
    done: int = 0,
    total: int | None = 1520,
) -> SyncJob:
    progress = Progress(stage=stage, issues_done=done, issues_total=total)
    return SyncJob(id="job_1", mode=SyncJob.FULL, state=state, progress=progress)


def ended(*, done: int, seconds: float, mode: SyncJob.Mode.ValueType = SyncJob.FULL) -> SyncJob:
    made = job(SyncJob.SUCCEEDED, Progress.DONE, done)
    made.mode = mode
    made.start_time.FromDatetime(BEGAN)
    made.end_time.FromDatetime(BEGAN + timedelta(seconds=seconds))
    return made


async def _told(*jobs: SyncJob) -> AsyncIterator[SyncJob]:
    for moved in jobs:
        yield moved


async def _shown(*jobs: SyncJob, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=terminal, color_system=None)
    last = await show_progress(_told(*jobs), console=console)
    assert last == jobs[-1]
    return file.getvalue()


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        (job(SyncJob.QUEUED, Progress.STAGE_UNSPECIFIED), "waiting for a worker"),
        (job(stage=Progress.STAGE_UNSPECIFIED), "starting"),
        (job(stage=Progress.SWEEPING), "listing the issues"),
        (job(stage=Progress.COLLECTING), "collecting"),
        (job(SyncJob.SUCCEEDED, Progress.DONE), "done"),
        (job(SyncJob.FAILED), "stopped"),
        (job(SyncJob.CANCELLED), "stopped"),
    ],
)
def test_each_stage_has_its_words(moved: SyncJob, said: str) -> None:
    assert stage_in_words(moved) == said


def test_a_site_that_asks_for_patience_is_said_to_with_the_time() -> None:
    waiting = job(SyncJob.WAITING)
    waiting.progress.waiting_until_time.FromDatetime(BEGAN)
    until = BEGAN.astimezone()
    asks = f"the site asks to wait until {until:%H:%M:%S}"
    assert stage_in_words(waiting) == asks
    waiting.progress.waiting_for = "unknown"
    assert stage_in_words(waiting) == asks
    waiting.progress.waiting_for = "jira-burst-based"
    assert stage_in_words(waiting) == f"{asks} (jira-burst-based)"
    waiting.progress.waiting_for = "turn"
    assert "others ask the same site" in stage_in_words(waiting)


async def test_how_long_it_still_takes_is_said_where_it_is_known() -> None:
    steps = [job(done=500), job(SyncJob.SUCCEEDED, Progress.DONE, 1520)]
    assert "left" not in await _shown(*steps, terminal=True)
    ends = datetime.now(UTC) + timedelta(minutes=10)
    steps[1] = job(done=600)
    steps[1].progress.estimated_end_time.FromDatetime(ends)
    assert "min left" in await _shown(*steps, terminal=True)


async def test_a_terminal_sees_a_bar_that_moves() -> None:
    text = await _shown(
        job(stage=Progress.SWEEPING, total=None),
        job(done=760),
        job(SyncJob.SUCCEEDED, Progress.DONE, 1520),
        terminal=True,
    )
    assert "1,520/1,520 issues" in text
    assert "━" in text


async def test_elsewhere_a_line_is_printed_for_each_tenth_and_no_more() -> None:
    steps = [job(done=done) for done in range(0, 1521, 20)]
    text = await _shown(*steps, terminal=False)
    assert len(text.splitlines()) == 11
    assert text.splitlines()[-1] == "collecting: 1,520 of 1,520 issues"
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (
            ended(done=1520, seconds=4),
            "synced every issue: 1,520 issues in 4 s, 380 a second",
        ),
        (
            ended(done=1, seconds=0.2, mode=SyncJob.DELTA),
            "synced what changed: 1 issue in 0.2 s",
        ),
        (
            ended(done=0, seconds=1, mode=SyncJob.DELTA),
            "nothing has changed on the site since the last sync",
        ),
        (ended(done=0, seconds=1), "synced every issue: 0 issues in 1 s"),
    ],
)
def test_a_sync_that_went_well_says_what_it_did(over: SyncJob, said: str) -> None:
    assert outcome_in_words(over) == said


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "CONNECTION_NEEDS_CREDENTIALS",
            "the sync failed: the site refuses this connection's credential; .*reconnect",
        ),
        ("SITE_UNREACHABLE", "the sync failed: the site sleeps$"),
        ("", "the sync failed: the site sleeps$"),
    ],
)
def test_a_sync_that_failed_says_why(reason: str, said: str) -> None:
    failed = job(SyncJob.FAILED)
    failed.error.CopyFrom(SyncJob.Failure(reason=reason, message="the site sleeps."))
    with pytest.raises(SyncFailed, match=said):
        outcome_in_words(failed)


def test_a_sync_whose_connection_was_deleted_did_not_go_well() -> None:
    with pytest.raises(SyncFailed, match="its connection was deleted"):
        outcome_in_words(job(SyncJob.CANCELLED))
