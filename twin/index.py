"""What a search sees: copies of the index that learn of each change later, each at its own time.

A query is answered by any of the copies. So a change is not seen at first, may be seen by one
query and no longer by the next, and is seen by all at last.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from twin.clock import Clock
from twin.luck import Lucks
from twin.ordering import in_order
from twin.queries import Order
from twin.records import Happening, Record
from twin.world import World

_MAX_LAG_MS = 86_400_000


class Lag(BaseModel):
    """How late each copy learns of a change: from least to most milliseconds, by seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    least_ms: Annotated[int, Field(ge=0, le=_MAX_LAG_MS)] = 1_000
    most_ms: Annotated[int, Field(ge=0, le=_MAX_LAG_MS)] = 60_000
    copies: Annotated[int, Field(ge=1, le=8)] = 2


@dataclass(frozen=True, slots=True)
class _Step:
    """A change of an issue: what was indexed before it, and when each copy learns of it."""

    before: Record | None
    seen_at_ms: tuple[int, ...]


@dataclass(slots=True)
class Index:
    """The index of a world: up to date, until it is made to lag."""

    world: World
    clock: Clock
    _lag: Lag | None = None
    _luck: Random = field(default_factory=Random)
    _asked: Lucks = field(default_factory=lambda: Lucks(0))
    _late: dict[str, list[_Step]] = field(default_factory=dict)  # by issue id, oldest first

    def __post_init__(self) -> None:
        self.world.listeners.append(self._note)

    def lag(self, lag: Lag | None) -> None:
        """Lag from now on, or catch up at once."""
        self._lag = lag
        self._luck = Random(lag.seed if lag else 0)
        self._asked = Lucks(lag.seed if lag else 0)
        self._late.clear()

    def is_late(self) -> bool:
        """Say whether any copy has yet to learn of something."""
        self._forget(self.clock.elapsed_ms())
        return bool(self._late)

    def shown(self, order: tuple[Order, ...], *, reconciled: frozenset[str]) -> list[Record]:
        """Give the records that one query sees, in order; of `reconciled` ids, as they are now."""
        now_ms = self.clock.elapsed_ms()
        self._forget(now_ms)
        if self._lag is None or not self._late:
            return self.world.ordered(order)
        copy = self._asked.of(order).randrange(self._lag.copies)
        seen = dict(self.world.records)
        for issue_id, steps in self._late.items():
            if issue_id in reconciled:
                continue
            record = self._as_seen(issue_id, steps, copy, now_ms)
            if record is None:
                seen.pop(issue_id, None)
            else:
                seen[issue_id] = record
        return in_order(seen.values(), order)

    def _as_seen(self, issue_id: str, steps: list[_Step], copy: int, now_ms: int) -> Record | None:
        """Give what a copy holds of an issue: as it is after the last change it learnt of."""
        for place in range(len(steps) - 1, -1, -1):
            if steps[place].seen_at_ms[copy] <= now_ms:
                later = steps[place + 1 :]
                return later[0].before if later else self.world.records.get(issue_id)
        return steps[0].before

    def _note(self, happening: Happening) -> None:
        if self._lag is None:
            return
        now_ms, lag = self.clock.elapsed_ms(), self._lag
        most_ms = max(lag.least_ms, lag.most_ms)
        seen_at_ms = tuple(
            now_ms + self._luck.randint(lag.least_ms, most_ms) for _ in range(lag.copies)
        )
        step = _Step(happening.before, seen_at_ms)
        self._late.setdefault(happening.issue.id, []).append(step)

    def _forget(self, now_ms: int) -> None:
        """Drop the issues whose last change every copy has learnt of."""
        known = [id_ for id_, steps in self._late.items() if max(steps[-1].seen_at_ms) <= now_ms]
        for issue_id in known:
            del self._late[issue_id]
