"""A sync as it goes: a live bar in a terminal, a line now and then everywhere else."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from client.failures import SyncFailed
from client.refusals import explain
from client.show.figures import count_of
from client.show.spans import in_words
from jira_analytics.sync.v1.sync_pb2 import SyncJob

STEPS = 10
WORTH_A_RATE = 100
Clock = Callable[[], datetime]


class _Left(ProgressColumn):
    """About how long it will still take, where that can be said."""

    def render(self, task: Task) -> Text:
        """Say it in words."""
        ends: datetime | None = task.fields["ends"]
        left = ends - datetime.now(UTC) if ends else timedelta()
        return Text(f"about {in_words(left)} left" if left > timedelta() else "")


class _Issues(ProgressColumn):
    """How many issues are stored, of how many, and how fast."""

    def render(self, task: Task) -> Text:
        """Say it in words."""
        if task.total is None:
            return Text("")
        said = f"{task.completed:,.0f}/{task.total:,.0f} issues"
        return Text(f"{said}  {task.speed:,.0f}/s" if task.speed else said)


async def show_progress(jobs: AsyncIterator[SyncJob], *, console: Console) -> SyncJob:
    """Follow a sync on a console until it is over; gives the job as it ended."""
    if console.is_terminal:
        return await _live(jobs, console=console)
    return await _in_lines(jobs, console=console)


async def _live(jobs: AsyncIterator[SyncJob], *, console: Console) -> SyncJob:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        _Issues(),
        TimeElapsedColumn(),
        _Left(),
    )
    job = SyncJob()
    with Progress(*columns, console=console, expand=True) as progress:
        bar = progress.add_task("asking for it", total=None, ends=None)
        async for job in jobs:
            total = count_of(job.progress, "issues_total")
            progress.update(
                bar,
                description=stage_in_words(job),
                total=total,
                completed=job.progress.issues_done,
                ends=_estimated_end(job),
            )
    return job


def _estimated_end(job: SyncJob) -> datetime | None:
    if not job.progress.HasField("estimated_end_time"):
        return None
    return job.progress.estimated_end_time.ToDatetime(UTC)


async def _in_lines(jobs: AsyncIterator[SyncJob], *, console: Console) -> SyncJob:
    job, said = SyncJob(), ("", 0)
    async for job in jobs:
        done, total = job.progress.issues_done, count_of(job.progress, "issues_total")
        step = (stage_in_words(job), done * STEPS // total if total else 0)
        if step != said:
            counted = f": {done:,} of {total:,} issues" if total else ""
            console.print(step[0] + counted, soft_wrap=True)
        said = step
    return job


def stage_in_words(job: SyncJob) -> str:
    """Say what a sync does at the moment."""
    if job.state == SyncJob.QUEUED:
        return "waiting for a worker"
    if job.state == SyncJob.WAITING and job.progress.HasField("waiting_until_time"):
        until = job.progress.waiting_until_time.ToDatetime(UTC).astimezone()
        why = job.progress.waiting_for
        if why == "turn":
            return f"others ask the same site: its turn is at {until:%H:%M:%S}"
        known = f" ({why})" if why not in {"", "unknown"} else ""
        return f"the site asks to wait until {until:%H:%M:%S}{known}"
    if job.state in {SyncJob.FAILED, SyncJob.CANCELLED}:
        return "stopped"
    return {
        SyncJob.Progress.SWEEPING: "listing the issues",
        SyncJob.Progress.COLLECTING: "collecting",
        SyncJob.Progress.DONE: "done",
    }.get(job.progress.stage, "starting")


def outcome_in_words(job: SyncJob) -> str:
    """Say how a sync ended; SyncFailed where it did not end well."""
    if job.state == SyncJob.FAILED:
        sentence, advice = explain(job.error.reason, job.error.message)
        raise SyncFailed(f"the sync failed: {sentence}", advice=advice)
    if job.state == SyncJob.CANCELLED:
        raise SyncFailed("the sync was given up, or its connection was deleted")
    done = job.progress.issues_done
    if job.mode == SyncJob.DELTA and not done:
        return "nothing has changed on the site since the last sync"
    what = {SyncJob.FULL: "every issue", SyncJob.CENSUS: "who is there"}.get(
        job.mode, "what changed"
    )
    took = job.end_time.ToDatetime(UTC) - job.start_time.ToDatetime(UTC)
    issues = "1 issue" if done == 1 else f"{done:,} issues"
    rate = f", {done / took.total_seconds():,.0f} a second" if done >= WORTH_A_RATE and took else ""
    return f"synced {what}: {issues} in {in_words(took)}{rate}"
