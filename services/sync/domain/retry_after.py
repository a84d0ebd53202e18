"""How long a site asks us to wait, read from its answer (PROTOCOLS.md, "Cloud limits")."""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.kernel.ids import Instant
from services.kernel.period import instant_of

# A refusal that names no time: what a gateway in front of a site sends.
UNSAID_SECONDS = 30.0
# Quotas are by the hour; what says more than a day is believed for a day.
LONGEST_SECONDS = 24 * 3600.0


def _seconds(headers: Mapping[str, str], now: Instant) -> float | None:
    said = headers.get("Retry-After", "")
    with suppress(ValueError):
        seconds = float(said)
        if not math.isnan(seconds):
            return seconds
    for name, read in (("Retry-After", _http_date), ("X-RateLimit-Reset", _iso)):
        try:
            return (instant_of(read(headers.get(name, ""))) - now) / 1000
        except ValueError:
            continue
    return None


def _http_date(text: str) -> datetime:
    return _in_utc(parsedate_to_datetime(text))


def _iso(text: str) -> datetime:
    """Read ISO 8601, which sites send with and without seconds."""
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def wait_until(headers: Mapping[str, str], now: Instant, *, jitter: float) -> Instant:
    """Tell when to ask again: never sooner than said, up to 30 % later by `jitter` in [0, 1).

    A time that was not said is 30 s; none is taken for longer than a day.
    """
    said = _seconds(headers, now)
    seconds = UNSAID_SECONDS if said is None else min(max(said, 0.1), LONGEST_SECONDS)
    return now + math.ceil(seconds * (1 + 0.3 * jitter) * 1000)
