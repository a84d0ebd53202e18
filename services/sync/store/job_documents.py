"""Jobs and their documents."""

from collections.abc import Mapping
from typing import Any, Final

from bson.datetime_ms import DatetimeMS

from services.chassis.clock import system_clock
from services.chassis.mongo import Document
from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId
from services.kernel.sync_job import Failure, JobState, Mode, Stage, SyncJob
from services.sync.domain.wanted import Wanted
from services.sync.store.connections import Connection

# An enterprise's connection has three hundred a day.
KEPT_MILLISECONDS: Final = 90 * 24 * 3600 * 1000
_OPTIONAL = (
    "started",
    "ended",
    "issues_total",
    "pages_total",
    "waiting_until",
    "query_start",
    "since",
    "collecting_since",
    "touched",
)


def job_of(document: Mapping[str, Any]) -> SyncJob:
    """Read a job from its document."""
    failure = document.get("failure")
    stage = document.get("stage")
    return SyncJob(
        job_id=JobId(document["_id"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        connection_id=ConnectionId(document["connection_id"]),
        mode=Mode(document["mode"]),
        state=JobState(document["state"]),
        created=document["created"],
        stage=Stage(stage) if stage else None,
        issues_done=document["issues_done"],
        # Absent in jobs of before pages were counted.
        pages_done=document.get("pages_done", 0),
        failure=Failure(**failure) if failure else None,
        believes_vanished=document.get("believes_vanished", False),
        asked=document.get("asked", False),
        waiting_for=document.get("waiting_for") if document.get("waiting_until") else None,
        **{name: document.get(name) for name in _OPTIONAL},
    )


def document_of(job: SyncJob) -> Document:
    """Turn a job that waits for a worker into its document."""
    return {
        "_id": job.job_id,
        "workspace_id": job.workspace_id,
        "connection_id": job.connection_id,
        "mode": job.mode.value,
        "state": job.state.value,
        "created": job.created,
        "touched": job.created,
        "issues_done": 0,
        "pages_done": 0,
        "since": job.since,
        "believes_vanished": job.believes_vanished,
        "asked": job.asked,
        "swept": False,
    }


def ended(state: JobState, now: Instant) -> Document:
    """Give what is written of a job that is over: it is kept for a while.

    For how long the database's own clock tells, whatever ours says.
    """
    return {
        "state": state.value,
        "ended": now,
        "waiting_until": None,
        "expires_at": DatetimeMS(system_clock() + KEPT_MILLISECONDS),
    }


def fresh_job(
    connection: Connection, wanted: Wanted, job_id: JobId, now: Instant, *, since: Instant | None
) -> SyncJob:
    """Make a job that waits for a worker."""
    mode = wanted.mode or Mode.FULL
    return SyncJob(
        job_id=job_id,
        workspace_id=connection.state.workspace_id,
        connection_id=connection.connection_id,
        mode=mode,
        state=JobState.QUEUED,
        created=now,
        touched=now,
        since=since if mode is Mode.DELTA else None,
        believes_vanished=wanted.believes_vanished,
    )
