"""What moved so far: the numbers as they were and are, and how soon they showed what happened.

Pure. An issue that is filed raises one number by one, so the first answer in which that number is
higher by k shows the k-th issue that was filed: the time between is exact but for the time between
two questions.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from typing import Final

from deploy.local.live.site import Event, History
from jira_analytics.analytics.v1.analytics_pb2 import ExecutiveSummary

SHOWN_EVENTS: Final = 8


@dataclass(frozen=True, slots=True)
class Numbers:
    """The counts of an executive summary."""

    created: int
    finished: int
    in_progress: int

    @classmethod
    def of(cls, summary: ExecutiveSummary) -> "Numbers":
        """Take them from a summary."""
        return cls(summary.created.current, summary.throughput.current, summary.wip.current)


@dataclass(slots=True)
class Moving:
    """The numbers before history went on, those of the latest answer, and the latest events.

    `begun` is how far history was; `then_ms` how far it is.
    """

    first: Numbers
    begun: InitVar[History]
    now: Numbers = field(init=False)
    then_ms: int = field(init=False)
    last_event: int = field(init=False)  # its number
    events: int = 0
    latest: deque[tuple[Event, int]] = field(default_factory=lambda: deque(maxlen=SHOWN_EVENTS))
    _filed_ms: list[int] = field(default_factory=list)
    _counted_ms: list[int] = field(default_factory=list)

    def __post_init__(self, begun: History) -> None:
        self.now, self.then_ms, self.last_event = self.first, begun.then_ms, begun.played

    def note_numbers(self, numbers: Numbers, at_ms: int) -> bool:
        """Note an answer and when it came; tells whether anything moved."""
        more = numbers.created - self.first.created - len(self._counted_ms)
        self._counted_ms += [at_ms] * more
        before, self.now = self.now, numbers
        return numbers != before

    def note_history(self, history: History) -> None:
        """Note what happened at the site since the last event that was noted."""
        self.then_ms = history.then_ms
        for event in history.latest:
            self.events, self.last_event = self.events + 1, event.number
            self._filed_ms += [event.at_ms] if event.is_filed else []
            if event.may_move_numbers:
                self.latest.append((event, len(self._filed_ms)))

    @property
    def is_level(self) -> bool:
        """Whether everything that was filed is counted."""
        return len(self._counted_ms) >= len(self._filed_ms)

    def delay_ms(self, event: Event, place: int) -> int | None:
        """Tell how long after an issue was filed it was counted; None where it is not, or other."""
        if not event.is_filed or place > len(self._counted_ms):
            return None
        return max(self._counted_ms[place - 1] - event.at_ms, 0)

    def delays_ms(self) -> Sequence[int]:
        """Give how long it took for each issue that was filed and counted, shortest first."""
        pairs = zip(self._filed_ms, self._counted_ms, strict=False)
        return sorted(max(counted - filed, 0) for filed, counted in pairs)
