"""When what the product does by itself is due."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.kernel.ids import ConnectionId, Instant, WorkspaceId
from services.kernel.membership import Tier

MINUTE_MILLISECONDS: Final = 60 * 1000
DAY_MILLISECONDS: Final = 24 * 3600 * 1000
# A tenth of a day: connections that were made together are not counted together for ever.
SPREAD: Final = 0.1
DELTA_MILLISECONDS: Final[Mapping[Tier, int]] = MappingProxyType(
    {
        Tier.ENTERPRISE: 5 * MINUTE_MILLISECONDS,
        Tier.PRO: 15 * MINUTE_MILLISECONDS,
        Tier.FREE: 60 * MINUTE_MILLISECONDS,
    }
)
# How many turns at the workers a workspace has for each of a free one's, where both wait.
WEIGHTS: Final[Mapping[Tier, int]] = MappingProxyType(
    {Tier.ENTERPRISE: 4, Tier.PRO: 2, Tier.FREE: 1}
)
# Where nobody has asked for anything for a week, a site is asked once a day.
IDLE_AFTER_MILLISECONDS: Final = 7 * DAY_MILLISECONDS
IDLE_DELTA_MILLISECONDS: Final = DAY_MILLISECONDS


@dataclass(frozen=True, slots=True)
class Activity:
    """What a workspace may use, and when somebody was last there."""

    workspace_id: WorkspaceId
    tier: Tier
    active: Instant

    def idle(self, now: Instant) -> bool:
        """Tell whether nobody was there for a week."""
        return now - self.active >= IDLE_AFTER_MILLISECONDS

    def period(self, now: Instant) -> int:
        """Tell how often its sites are asked what changed, in milliseconds."""
        return IDLE_DELTA_MILLISECONDS if self.idle(now) else DELTA_MILLISECONDS[self.tier]


def a_day_later(connection_id: ConnectionId, now: Instant) -> Instant:
    """Tell when the next census is due, or what failed is tried again: after about a day.

    It is earlier or later by what the id says.
    """
    share = _share(f"{connection_id}/{now}")
    return now + int(DAY_MILLISECONDS * (1 - SPREAD + 2 * SPREAD * share))


def next_delta(connection_id: ConnectionId, now: Instant, period: int) -> Instant:
    """Tell when the next DELTA is due: within a period, up to a tenth of it sooner.

    How much sooner is a connection's own, always: connections that were made together drift
    apart, and none is late.
    """
    return now + int(period * (1 - SPREAD * _share(connection_id)))


def _share(drawn_from: str) -> float:
    drawn = hashlib.blake2b(drawn_from.encode(), digest_size=4).digest()
    return int.from_bytes(drawn, "big") / 2**32
