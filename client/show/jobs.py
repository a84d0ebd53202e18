"""Syncs as a list: what each collects, how far it is, and how it ended."""

from collections.abc import Iterable

from rich.console import Group
from rich.text import Text

from client.refusals import explain
from client.show.figures import count_of
from client.show.listing import filled, listing, word
from jira_analytics.sync.v1.sync_pb2 import SyncJob


def show_jobs(jobs: Iterable[SyncJob]) -> Group:
    """Show syncs, one a line that fits eighty columns; beneath them what became a problem."""
    shown = list(jobs)
    table = filled(
        listing("id", "UTC", "what", "state", "issues"),
        (
            (
                job.id,
                f"{job.create_time.ToDatetime():%m-%d %H:%M}",
                word(SyncJob.Mode.Name(job.mode)),
                word(SyncJob.State.Name(job.state)),
                _issues(job),
            )
            for job in shown
        ),
    )
    problems = [Text(f"{job.id}: {_problem(job)}") for job in shown if job.HasField("error")]
    return Group(table, Text(), *problems) if problems else Group(table)


def _issues(job: SyncJob) -> str:
    total = count_of(job.progress, "issues_total")
    done = f"{job.progress.issues_done:,}"
    return done if total is None else f"{done} of {total:,}"


def _problem(job: SyncJob) -> str:
    sentence, _ = explain(job.error.reason, job.error.message)
    return sentence
