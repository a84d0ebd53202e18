"""What is measured of webhooks: by the API as they come, by workers as what they name is stored.

No label holds what a site says: outcomes and reasons are ours.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter, Histogram
from redis.asyncio import Redis

from services.chassis.clock import Clock
from services.kernel.errors import InvalidField, StoreUnavailable, WebhookRefused
from services.kernel.ids import ConnectionId
from services.sync.domain.marks import Mark
from services.sync.hooks.marks import Marks
from services.sync.hooks.receiving import OLD, Delivery, Outcome, Receiving, Taken

REFUSED: Final = "refused"
FAILED: Final = "failed"
SIGNATURE: Final = "signature"
UNREADABLE: Final = "unreadable"
# From an idle site's to one that must wait for its hour to end, or whose worker died.
_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600)
WEBHOOKS: Final = Counter(
    "jira_analytics_sync_webhooks", "Webhooks that came, by what came of them.", ["outcome"]
)
REFUSALS: Final = Counter(
    "jira_analytics_sync_webhooks_refused", "Webhooks that were refused, by why.", ["reason"]
)
MARKED: Final = Counter(
    "jira_analytics_sync_webhook_marks", "Times an issue was marked to be read again."
)
REFRESHED: Final = Counter(
    "jira_analytics_sync_webhook_issues", "Marked issues that were read again and stored."
)
GIVEN_UP: Final = Counter(
    "jira_analytics_sync_webhook_issues_given_up", "Marked issues that are left to the next sync."
)
SECONDS: Final = Histogram(
    "jira_analytics_sync_webhook_seconds",
    "From when an issue was last marked until what it says now was stored.",
    buckets=_SECONDS,
)

# What never happened is 0 from the start, so that rates have a beginning.
for _outcome in (*Outcome, REFUSED, FAILED):
    WEBHOOKS.labels(_outcome)
for _reason in (SIGNATURE, OLD, UNREADABLE):
    REFUSALS.labels(_reason)


class MeasuredReceiving:
    """Takes webhooks, and counts what came of each."""

    def __init__(self, receiving: Receiving) -> None:
        self._receiving = receiving

    async def __call__(self, delivery: Delivery) -> Taken:
        """Take one, and count it."""
        try:
            taken = await self._receiving(delivery)
        except WebhookRefused as refused:
            _refused(refused.why)
            raise
        except InvalidField:
            _refused(UNREADABLE)
            raise
        except StoreUnavailable:
            WEBHOOKS.labels(FAILED).inc()
            raise
        WEBHOOKS.labels(taken.outcome.value).inc()
        MARKED.inc(taken.marked)
        return taken


class MeasuredMarks(Marks):
    """Keeps marks as workers do, and counts what is taken out: what was stored, or given up."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        super().__init__(redis)
        self._clock = clock

    async def take_out(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what was read and stored, and count it."""
        await super().take_out(connection_id, marks)
        now = self._clock()
        REFRESHED.inc(len(marks))
        for mark in marks:
            SECONDS.observe(max(0, now - mark.made) / 1000)

    async def give_up(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what could not be read, and count it."""
        await super().take_out(connection_id, marks)
        GIVEN_UP.inc(len(marks))


def _refused(why: str) -> None:
    WEBHOOKS.labels(REFUSED).inc()
    REFUSALS.labels(why).inc()
