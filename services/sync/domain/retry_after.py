"""How long a site asks us to wait, read from its answer (PROTOCOLS.md, "Cloud limits")."""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from services.kernel.ids import Instant
from services.kernel.period import instant_of

SHORTEST_SECONDS: Final = 0.1
# Quotas are by the hour; what says more than a day is believed for a day.
LONGEST_SECONDS: Final = 24 * 3600.0
# So much more at most, so that those who wait for one instant do not all come at it.
SPREAD: Final = 0.3


def _seconds(headers: Mapping[str, str], now: Instant) -> float | None:
    said = headers.get("Retry-After", "")
    with suppress(ValueError):
        seconds = float(said)
        if not math.isnan(seconds):
            return seconds
    # An instant is one of the site's clock: where the answer tells its time, ours does not count.
    with suppress(ValueError):
        now = instant_of(_http_date(headers.get("Date", "")))
    with suppress(ValueError):
        return (instant_of(_http_date(said)) - now) / 1000
    with suppress(ValueError):
        seconds = (instant_of(_iso(headers.get("X-RateLimit-Reset", ""))) - now) / 1000
        # Told to the minute, it may lie behind us although it is not over.
        return seconds if seconds > 0 else None
    return None


def _http_date(text: str) -> datetime:
    return _in_utc(parsedate_to_datetime(text))


def _iso(text: str) -> datetime:
    """Read ISO 8601, which sites send with and without seconds."""
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def said_milliseconds(headers: Mapping[str, str], now: Instant) -> int | None:
    """Tell how long the site asks us to wait, a tenth of a second to a day; None where it does not.

    `now` counts only where an instant is said and the answer has no `Date`.
    """
    seconds = _seconds(headers, now)
    if seconds is None:
        return None
    return math.ceil(min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS) * 1000)


def spread(milliseconds: float, jitter: float) -> int:
    """Make a wait up to 30 % longer, by `jitter` in [0, 1), and never shorter."""
    return math.ceil(milliseconds * (1 + SPREAD * jitter))
