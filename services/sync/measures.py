"""What a worker measures, under the names that dashboards ask for, and under ours.

`github_jira_sync_errors_total` has the labels of `github_jira_sync_jobs_total`: one divided by the
other is a share. No label holds what anybody chose: modes, reasons and states are ours.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from jira_analytics.errors.v1.reason_pb2 import Error
from services.kernel.ids import Instant
from services.kernel.sync_job import Failure, Mode
from services.sync.domain.dead_letter import Death
from services.sync.domain.quarantine import Read
from services.sync.store.claims import Claim, PageOfIds
from services.sync.store.runs import RunStore

LOOK_SECONDS: Final = 5.0
UNKNOWN: Final = "UNKNOWN"
# From one call of nothing new to a first sync of a large site.
_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600)
JOBS: Final = Counter("github_jira_sync_jobs", "Syncs that a worker brought to an end.", ["mode"])
ERRORS: Final = Counter("github_jira_sync_errors", "Those of them that failed.", ["mode"])
DURATION: Final = Histogram(
    "github_jira_sync_job_duration_seconds",
    "From when a worker first took a sync until its end, waits included.",
    ["mode"],
    buckets=_SECONDS,
)
WAITING: Final = Gauge(
    "github_jira_sync_queue_waiting_jobs",
    "Connections that wait in the queue for a worker, of whatever priority.",
)
QUEUE: Final = Gauge(
    "jira_analytics_sync_queue_jobs", "Connections in the queue, by where they are.", ["state"]
)
FAILURES: Final = Counter(
    "jira_analytics_sync_failures", "Syncs that failed, by the reason of their error.", ["reason"]
)
DEAD_LETTERS: Final = Counter(
    "jira_analytics_sync_dead_letters", "Syncs that ended badly for good, by reason.", ["reason"]
)
PUT_DOWN: Final = Counter(
    "jira_analytics_sync_put_down", "Times a sync was put down until its site takes calls again."
)
PAGES: Final = Counter("jira_analytics_sync_pages", "Pages of issues stored.", ["mode"])
ISSUES: Final = Counter("jira_analytics_sync_issues", "Issues stored that had changed.", ["mode"])
_REASONS: Final = frozenset(Error.Reason.keys())
# BullMQ's names; what waits is in `waiting` or, having a priority, in `prioritized`.
STATES: Final = ("waiting", "prioritized", "delayed", "active", "failed")

# What never happened is 0 from the start, so that rates have a beginning.
for _mode in Mode:
    for _measure in (JOBS, ERRORS, DURATION, PAGES, ISSUES):
        _measure.labels(_mode.value)


class MeasuredRuns(RunStore):
    """Keeps how far runs are, and counts what came of them: what is stored, and nothing else."""

    async def write_page(self, claim: Claim, page: PageOfIds, read: Read, now: Instant) -> int:
        """Store a page, and count it."""
        changed = await super().write_page(claim, page, read, now)
        PAGES.labels(claim.job.mode.value).inc()
        ISSUES.labels(claim.job.mode.value).inc(changed)
        return changed

    async def pause(
        self, claim: Claim, now: Instant, *, until: Instant | None, waiting_for: str = ""
    ) -> None:
        """Put a job down, and count that where it is for its site's sake."""
        await super().pause(claim, now, until=until, waiting_for=waiting_for)
        if until is not None:
            PUT_DOWN.inc()

    async def succeed(
        self, claim: Claim, now: Instant, complete_until: Instant | None, *, moved: bool
    ) -> bool:
        """End a job well, and count it."""
        another = await super().succeed(claim, now, complete_until, moved=moved)
        _ended(claim, now)
        return another

    async def fail(
        self, claim: Claim, now: Instant, failure: Failure, death: Death | None = None
    ) -> bool:
        """End a job badly, and count it with its reason."""
        another = await super().fail(claim, now, failure, death)
        _ended(claim, now)
        ERRORS.labels(claim.job.mode.value).inc()
        FAILURES.labels(failure.reason if failure.reason in _REASONS else UNKNOWN).inc()
        if death is not None:
            DEAD_LETTERS.labels(death.reason.value).inc()
        return another


def _ended(claim: Claim, now: Instant) -> None:
    mode, started = claim.job.mode.value, claim.job.started
    JOBS.labels(mode).inc()
    DURATION.labels(mode).observe(max(0, now - (now if started is None else started)) / 1000)


def gauging(counts: Callable[[], Awaitable[Mapping[str, int]]]) -> Callable[[], Awaitable[None]]:
    """Give what looks once how much is in the queue; what cannot be seen is shown as unknown."""

    async def look() -> None:
        try:
            found = await counts()
        except BaseException:
            for gauge in (WAITING, *(QUEUE.labels(state) for state in STATES)):
                gauge.set(float("nan"))
            raise
        for state in STATES:
            QUEUE.labels(state).set(found[state])
        WAITING.set(found["waiting"] + found["prioritized"])

    return look
