"""How sites are asked while nobody can say what others ask: slowly, by each process for itself."""

import time
from collections.abc import Callable
from typing import Final

from services.sync.budget.buckets import Verdict

AWAY: Final = "away"
# Fifty workers that all have lost Redis ask no more than one that has it.
PAUSE_SECONDS: Final = 1.0
# More endpoints than a process ever calls within a pause.
MOST_REMEMBERED: Final = 10_000


class Careful:
    """Lets a call of each endpoint go every second; knows nothing of other processes."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._next: dict[tuple[str, str], float] = {}

    def take(self, origin: str, endpoint: str, *, longest_milliseconds: int) -> Verdict:
        """Let a call stand in line, for no longer than it may."""
        now = self._seconds()
        at = max(self._next.get((origin, endpoint), now), now)
        wait = round((at - now) * 1000)
        if wait > longest_milliseconds:
            return Verdict(AWAY, wait)
        self._next[(origin, endpoint)] = at + PAUSE_SECONDS
        self._forget(now)
        return Verdict("", wait)

    def refused(self, origin: str, endpoint: str, milliseconds: int) -> None:
        """Let nobody of this process ask before the site's time."""
        at = self._seconds() + milliseconds / 1000
        self._next[(origin, endpoint)] = max(self._next.get((origin, endpoint), at), at)

    def _forget(self, now: float) -> None:
        """Forget what is over, when there is much of it."""
        if len(self._next) > MOST_REMEMBERED:
            self._next = {key: at for key, at in self._next.items() if at > now}
