"""What is left of a job that ended badly for good."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId
from services.kernel.sync_job import Mode


class Reason(StrEnum):
    """Why nobody tries again."""

    ATTEMPTS_SPENT = "ATTEMPTS_SPENT"
    KILLED_WORKERS = "KILLED_WORKERS"
    UNEXPECTED = "UNEXPECTED"
    UNUSABLE = "UNUSABLE"


@dataclass(frozen=True, slots=True)
class Death:
    """How a job died: why, in which words (scrubbed), after how many attempts."""

    reason: Reason
    error: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job's end, and what its replay started, once it was replayed."""

    letter_id: str
    workspace_id: WorkspaceId
    connection_id: ConnectionId
    job_id: JobId
    mode: Mode
    believes_vanished: bool
    death: Death
    job_created: Instant
    died: Instant
    replayed: Instant | None = None
    replay_job_id: JobId | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which letters of a workspace are meant; None is any. `unreplayed`: only such."""

    connection_id: ConnectionId | None = None
    reason: Reason | None = None
    unreplayed: bool = False


def letter_id_of(job_id: JobId) -> str:
    """Name the letter of a job; it leaves one at most."""
    return f"dlt_{job_id.removeprefix('job_')}"


def replay_id_of(letter_id: str) -> JobId:
    """Name the job that a letter's replay starts, whoever replays it and however often."""
    return JobId(f"job_{hashlib.sha256(f'replay/{letter_id}'.encode()).hexdigest()[:30]}")
