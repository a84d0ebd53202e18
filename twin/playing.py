"""The real history that lies after the moment, played forward: what happened then, happens now.

Two clocks meet here. What happened d milliseconds after the moment happens d / speed after the
playing began, by the site's clock, and takes the instant at which it is played: `created`,
`updated`, the changelog's row, `resolutiondate`. So nothing lies in the future of who reads the
site, who asks for what changed since an instant finds it, and a number counts it today. Dates
without an hour (due dates, releases) move by whole days, as all that came before does. A later
start of the site begins at the moment again.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from twin.clock import Clock, written_ms
from twin.history import Entry, Issue, JsonObject, as_of, instant_ms, read
from twin.records import Kind, hierarchy_level
from twin.shifting import Mover, moved
from twin.world import World

_DAY_MS = 86_400_000
_REMEMBERED = 1_000  # events that can be asked for afterwards


@dataclass(frozen=True, slots=True)
class Played:
    """One event that was played: when it was and is, to which issue, and what it changed.

    `number` counts from 1; `level` is the issue type's, 0 for what is neither sub-task nor epic;
    `changed` holds a field with the texts before and after, for each item of the changelog.
    """

    number: int
    then_ms: int  # in the data
    at_ms: int  # as it is shown
    kind: Kind
    key: str
    level: int
    changed: tuple[tuple[str, str | None, str | None], ...]

    @property
    def said(self) -> str:
        """What happened in a few words, which name no person and hold no prose."""
        if self.kind is not Kind.UPDATED:
            return "filed" if self.kind is Kind.CREATED else "commented"
        for name, before, after in self.changed:
            if name == "status":
                return f"{before} → {after}"
        names = dict.fromkeys(name.lower() for name, _, _ in self.changed)
        return ", ".join(names) + " changed"


@dataclass(slots=True)
class Play:
    """The events to come, in order; `speed` milliseconds of history pass in one of the clock's.

    At speed 0 it stands still. `tell` hears of each event.
    """

    world: World
    clock: Clock
    speed: float
    tell: Callable[[Played], None] | None = None
    events: list[tuple[int, str]] = field(init=False)  # instant in the data, issue id
    played: int = 0
    counted: Counter[Kind] = field(default_factory=Counter)
    latest: deque[Played] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _begun_ms: int = field(init=False)  # when it was set to its speed, by the clock
    _from_ms: float = field(init=False)  # and at which instant of the data
    _then_ms: list[int] = field(default_factory=list)  # instants of the data that were played
    _shown_ms: list[int] = field(default_factory=list)  # and what each is shown as, rising
    _own: dict[str, Issue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._begun_ms, self._from_ms = self.clock.elapsed_ms(), self._at_ms
        lines = [record.line for record in self.world.records.values() if record.line]
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

    @property
    def is_over(self) -> bool:
        """Whether all of it was played."""
        return self.played == len(self.events)

    def then_ms(self) -> int:
        """Tell at which instant of the data it is."""
        passed = (self.clock.elapsed_ms() - self._begun_ms) * self.speed
        last = self.events[-1][0] if self.events else self._at_ms
        return min(round(self._from_ms + passed), last)

    def go_on_at(self, speed: float) -> None:
        """Go on at another speed from where it is; 0 pauses it."""
        self._from_ms, self._begun_ms = self.then_ms(), self.clock.elapsed_ms()
        self.speed = speed

    def wait_ms(self) -> float:
        """Tell in how many milliseconds of the clock the next event is due; 0 or less: it is."""
        if self.is_over or not self.speed:
            return float("inf")
        left = (self.events[self.played][0] - self._from_ms) / self.speed
        return self._begun_ms + left - self.clock.elapsed_ms()

    def play_due(self) -> int:
        """Play what is due, and tell how much it was."""
        before = self.played
        while self.wait_ms() <= 0:
            at_ms, issue_id = self.events[self.played]
            self.played += 1
            self._play(at_ms, issue_id)
        return self.played - before

    def _play(self, at_ms: int, issue_id: str) -> None:
        """Bring an issue to where it was at an instant of the data; one that was edited stays."""
        record = self.world.records.get(issue_id)
        line = self.world.later.get(issue_id) if record is None else record.line
        edited = record is not None and record.edited is not self._own.get(issue_id)
        if not line or edited:
            return
        then = as_of(read(line), at_ms, issue_types=self.world.catalogue.issue_types)
        if then is None:
            return
        issue = self._shown(then, at_ms)
        self._own[issue_id] = issue
        if record is None:
            del self.world.later[issue_id]
            self.world.create(issue, author=issue.fields.get("creator"), line=line)
            self._note(Kind.CREATED, at_ms, issue, ())
            return
        gained = issue.entries[len(self.world.issue(issue_id).entries) :]
        author = gained[-1].author if gained else _commentator(issue)
        kind = Kind.UPDATED if gained else Kind.COMMENTED
        self.world.put(issue, author=author, kind=kind)
        self._note(kind, at_ms, issue, gained)

    def _note(self, kind: Kind, then_ms: int, issue: Issue, gained: Sequence[Entry]) -> None:
        items = [item for entry in gained for item in entry.items]
        level = hierarchy_level(issue.fields["issuetype"])
        changed = tuple((one["field"], one["fromString"], one["toString"]) for one in items)
        played = Played(self.played, then_ms, self._shown_ms[-1], kind, issue.key, level, changed)
        self.counted[kind] += 1
        self.latest.append(played)
        if self.tell is not None:
            self.tell(played)

    def _shown(self, issue: Issue, at_ms: int) -> Issue:
        """Give an issue with its instants as they are shown; the one just played is now."""
        now_ms = max(self.clock.now_ms(), self._shown_ms[-1] if self._shown_ms else 0)
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
