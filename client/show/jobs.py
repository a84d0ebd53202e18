"""Syncs as a list: what each collects, how far it is, and how it ended."""

from collections.abc import Iterable

from rich.console import RenderableType

from client.refusals import explain
from client.show.figures import count_of
from client.show.listing import filled, listing, word
from jira_analytics.sync.v1.sync_pb2 import SyncJob


def show_jobs(jobs: Iterable[SyncJob]) -> RenderableType:
    """Show syncs, one a line."""
    table = listing("id", "asked for (UTC)", "what", "state", "issues", "problem")
    for column in table.columns[:-1]:
        column.no_wrap = True
    return filled(
        table,
        (
            (
                job.id,
                f"{job.create_time.ToDatetime():%m-%d %H:%M}",
                word(SyncJob.Mode.Name(job.mode)),
                word(SyncJob.State.Name(job.state)),
                _issues(job),
                _problem(job),
            )
            for job in jobs
        ),
    )


def _issues(job: SyncJob) -> str:
    total = count_of(job.progress, "issues_total")
    done = f"{job.progress.issues_done:,}"
    return done if total is None else f"{done} of {total:,}"


def _problem(job: SyncJob) -> str:
    if not job.HasField("error"):
        return ""
    sentence, _ = explain(job.error.reason, job.error.message)
    return sentence
