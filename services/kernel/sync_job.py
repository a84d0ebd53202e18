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
    the site lists no more is taken as deleted, however much. `waiting_for` is why it waits until
    then: a site's word, or ours. `collecting_since` is when all was listed, `touched` when it was
    last worked at. `asked`: a person asked for it.
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
    pages_done: int = 0
    pages_total: int | None = None
    waiting_until: Instant | None = None
    waiting_for: str | None = None
    collecting_since: Instant | None = None
    touched: Instant | None = None
    query_start: Instant | None = None
    since: Instant | None = None
    believes_vanished: bool = False
    asked: bool = False
    failure: Failure | None = None

    @property
    def estimated_end(self) -> Instant | None:
        """When all is stored if the rest takes as long as what was stored so far, an issue each.

        Waits count: a site that made us wait does so again. None where nothing to go by is there.
        """
        if self.state.final or self.collecting_since is None or self.touched is None:
            return None
        if not self.issues_total or not self.issues_done:
            return None
        an_issue = (self.touched - self.collecting_since) / self.issues_done
        left = max(self.issues_total - self.issues_done, 0) * an_issue
        return max(self.touched, self.waiting_until or 0) + round(left)
