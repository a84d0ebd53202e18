"""What a site takes for now: a source of milliseconds, which may be a test's own, and its skew."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from twin.shifting import written


def wall_ms() -> int:
    """Give the machine's own time, milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Past:
    """A source that gives what it is set to."""

    at_ms: int

    def __call__(self) -> int:
        """Give the instant it is set to."""
        return self.at_ms


@dataclass(slots=True)
class Clock:
    """The site's clock: `source`, and how far the site is ahead of it (behind, where negative).

    `passed_ms` is time that a test let pass at once: page tokens age, limits refill, what is due
    comes. `skew_ms` is a clock that is wrong: instants, the Date header, and nothing else of it.
    """

    source: Callable[[], int] = wall_ms
    passed_ms: int = 0
    skew_ms: int = 0

    def elapsed_ms(self) -> int:
        """Give the time by which anything lasts, ages and comes due."""
        return self.source() + self.passed_ms

    def now_ms(self) -> int:
        """Give the time that the site writes into what it says."""
        return self.elapsed_ms() + self.skew_ms

    def written(self) -> str:
        """Write now as Jira does."""
        return written_ms(self.now_ms())


def written_ms(at_ms: int) -> str:
    """Write an instant (milliseconds since the epoch) as Jira does, in UTC."""
    return written(datetime.fromtimestamp(at_ms / 1000, tz=UTC))
