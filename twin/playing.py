"""The real history that lies after the moment, played forward: what happened then, happens now.

An event takes the instant at which it is played, so that hours of history fit into seconds and
nothing lies in the future. A later start begins at the moment again.
"""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, field, replace

from twin.clock import Clock, written_ms
from twin.history import Issue, JsonObject, as_of, instant_ms, read
from twin.records import Kind
from twin.shifting import Mover, moved
from twin.world import World

_DAY_MS = 86_400_000
_LONGEST_SLEEP_SECONDS = 0.5  # the clock may be moved meanwhile


@dataclass(slots=True)
class Play:
    """The events to come, in order; `speed` milliseconds of history pass in one of the clock's."""

    world: World
    clock: Clock
    speed: float
    begun_ms: int = field(init=False)
    events: list[tuple[int, str]] = field(init=False)  # instant in the data, issue id
    played: int = 0
    _then_ms: list[int] = field(default_factory=list)  # instants of the data that were played
    _shown_ms: list[int] = field(default_factory=list)  # and what each is shown as, rising
    _own: dict[str, Issue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begun_ms = self.clock.elapsed_ms()
        lines = [record.line for record in self.world.records.values()]
        found = {
            (at_ms, issue.id)
            for issue in map(read, [*lines, *self.world.later.values()])
            for at_ms in _instants(issue)
            if at_ms > self._at_ms
        }
        self.events = sorted(found)

    @property
    def _at_ms(self) -> int:
        at_ms = self.world.moment.at_ms
        if at_ms is None:
            raise ValueError("a world that has no moment has nothing to come")
        return at_ms

    async def run(self) -> None:
        """Play each event when it is due, to the last one."""
        while self.played < len(self.events):
            self.play_due()
            wait_ms = self._next_due_ms() - self.clock.elapsed_ms()
            await asyncio.sleep(min(max(wait_ms, 1) / 1000, _LONGEST_SLEEP_SECONDS))

    def play_due(self) -> int:
        """Play what is due, and tell how much it was."""
        before = self.played
        while self.played < len(self.events) and self._next_due_ms() <= self.clock.elapsed_ms():
            at_ms, issue_id = self.events[self.played]
            self.played += 1
            self._play(at_ms, issue_id)
        return self.played - before

    def _next_due_ms(self) -> float:
        if self.played == len(self.events):
            return float("inf")
        return self.begun_ms + (self.events[self.played][0] - self._at_ms) / self.speed

    def _play(self, at_ms: int, issue_id: str) -> None:
        """Bring an issue to where it was at an instant of the data; one that was edited stays."""
        record = self.world.records.get(issue_id)
        line = self.world.later.get(issue_id) if record is None else record.line
        edited = record is not None and record.edited is not self._own.get(issue_id)
        if line is None or edited:
            return
        then = as_of(read(line), at_ms, issue_types=self.world.catalogue.issue_types)
        if then is None:
            return
        issue = self._shown(then, at_ms)
        self._own[issue_id] = issue
        if record is None:
            del self.world.later[issue_id]
            self.world.create(issue, author=issue.fields.get("creator"), line=line)
        else:
            gained = issue.entries[len(self.world.issue(issue_id).entries) :]
            author = gained[-1].author if gained else _commentator(issue)
            kind = Kind.UPDATED if gained else Kind.COMMENTED
            self.world.put(issue, author=author, kind=kind)

    def _shown(self, issue: Issue, at_ms: int) -> Issue:
        """Give an issue with its instants as they are shown; the one just played is now."""
        now_ms = max(self.clock.now_ms(), self._shown_ms[-1] + 1 if self._shown_ms else 0)
        self._then_ms.append(at_ms)
        self._shown_ms.append(now_ms)
        mover = Mover(self._shown_as, self.world.moment.days)
        shown = moved(issue, mover)
        at = written_ms(now_ms)
        fields = {**shown.fields, "updated": at}
        last = shown.entries[-1] if shown.entries else None
        if last is not None and last.created_ms == now_ms and _resolves(last.items):
            fields["resolutiondate"] = at
        return replace(shown, fields=fields)

    def _shown_as(self, then_ms: int) -> int:
        """Give what an instant of the data is shown as: that of the last event before it."""
        if then_ms <= self._at_ms:
            return then_ms + self.world.moment.days * _DAY_MS
        place = bisect_right(self._then_ms, then_ms)
        if place == 0:
            return self._shown_ms[0]
        return self._shown_ms[place - 1]


def _commentator(issue: Issue) -> JsonObject | None:
    """Give who commented last; None where the data does not say."""
    author: JsonObject | None = issue.fields["comment"]["comments"][-1].get("author")
    return author


def _instants(issue: Issue) -> set[int]:
    """Give when anything happened to an issue that shows in it."""
    comments = issue.fields.get("comment", {}).get("comments", ())
    said = {instant_ms(one[name]) for one in comments for name in ("created", "updated")}
    return {issue.created_ms, *(entry.created_ms for entry in issue.entries), *said}


def _resolves(items: tuple[dict[str, object], ...]) -> bool:
    return any(item["field"] == "resolution" and item["to"] for item in items)
