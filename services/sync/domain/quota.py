"""How many syncs somebody may start within an hour, by the tier of their workspace.

An hour is the hour before the moment, not one of the clock: at no moment were more started in the
sixty minutes before it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.kernel.errors import QuotaSpent
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.membership import Tier

HOUR_MILLISECONDS: Final = 3600 * 1000
STARTS_AN_HOUR: Final[Mapping[Tier, int | None]] = MappingProxyType(
    {Tier.FREE: 5, Tier.PRO: 20, Tier.ENTERPRISE: None}
)


@dataclass(frozen=True, slots=True)
class Starter:
    """Who starts a sync: a person or a machine in a workspace, and what that may use."""

    workspace_id: WorkspaceId
    user_id: UserId
    tier: Tier

    @property
    def limit(self) -> int | None:
        """The most syncs an hour; None where there is no such limit."""
        return STARTS_AN_HOUR[self.tier]

    @property
    def account_id(self) -> str:
        """Name what is charged; it tells nobody who that is."""
        return hashlib.sha256(f"{self.workspace_id}/{self.user_id}".encode()).hexdigest()


def charged(starts: Sequence[Instant], limit: int, now: Instant) -> list[Instant]:
    """Charge one more start, and forget those of more than an hour ago.

    QuotaSpent, with when there will be room, where the hour has as many as it may.
    """
    counting = sorted(start for start in starts if start > now - HOUR_MILLISECONDS)
    if len(counting) < limit:
        return [*counting, now]
    # Of those that count, so many have to pass until there is room for one.
    passes = counting[len(counting) - limit] + HOUR_MILLISECONDS
    raise QuotaSpent(limit, passes - now)
