"""A run of collecting what a connection's site holds."""

from dataclasses import dataclass
from enum import StrEnum

from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId


class Mode(StrEnum):
    """What is collected: everything, what changed since, or who is there and who is gone."""

    FULL = "FULL"
    DELTA = "DELTA"
    CENSUS = "CENSUS"


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def final(self) -> bool:
        """Whether a job stays in this state for ever."""
        return self in FINAL_STATES


FINAL_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class Stage(StrEnum):
    """What a job does at the moment."""

    SWEEPING = "SWEEPING"
    COLLECTING = "COLLECTING"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: an error's reason and a sentence for a person."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class SyncJob:
    """One run. `query_start` is when its sweep began, by our clock: the next DELTA's ground.

    `since` is the instant from which a DELTA sweeps; None for others. `believes_vanished`: whatever
    the site lists no more is taken as deleted, however much.
    """

    job_id: JobId
    workspace_id: WorkspaceId
    connection_id: ConnectionId
    mode: Mode
    state: JobState
    created: Instant
    started: Instant | None = None
    ended: Instant | None = None
    stage: Stage | None = None
    issues_done: int = 0
    issues_total: int | None = None
    waiting_until: Instant | None = None
    query_start: Instant | None = None
    since: Instant | None = None
    believes_vanished: bool = False
    failure: Failure | None = None
