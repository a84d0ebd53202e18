"""How far a site's clock is behind ours: its issues are dated by its own."""

from email.utils import parsedate_to_datetime
from typing import Final

from services.kernel.ids import Instant
from services.kernel.period import instant_of

# A site that is further behind than this says something else than the time.
MOST_MILLISECONDS: Final = 24 * 3600 * 1000


def behind(said: str | None, now: Instant) -> int | None:
    """Tell by how many milliseconds at most the clock is behind that wrote an answer's `Date`.

    The answer's way counts as being behind, which makes nothing get lost. None where it says no
    time.
    """
    try:
        moment = parsedate_to_datetime(said or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return min(max(now - instant_of(moment), 0), MOST_MILLISECONDS)
