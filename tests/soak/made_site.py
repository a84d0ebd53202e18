"""The site of a world: people who live on it, the time that passes, and how it misbehaves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.soak.plan import HOUR_MS, MINUTE_MS, Kind, Plan
from tests.soak.remembered import Happened, Remembered
from tests.soak.scope import scopes_of, truth_in_scope
from twin.clock import Past
from twin.editing import comment
from twin.index import Lag
from twin.life.people import WEIGHTS, Life
from twin.limits.judging import Judge, Limits
from twin.paging import PagingTrouble
from twin.records import Happening
from twin.site import ACCEPTED_TOKEN, Site
from twin.spoiling import Spoil
from twin.weather import Weather

# Deletions are what is hardest to see: there are more of them than people make.
LIVELY: Final = {**WEIGHTS, "deleted": 5, "moved": 6, "commented": 8}
# An index that is later than the overlap of two DELTAs loses what it hides until a census.
LONGEST_LAG_MS: Final = 6 * MINUTE_MS
# How far a clock that is wrong may jump; with the lag it stays within the overlap.
JUMP_MS: Final = 90_000
# What is more than that: a census makes up for it, and no DELTA knows of it.
BULK_LAG_MS: Final = 5 * HOUR_MS
FAR_MS: Final = 40 * MINUTE_MS
SPOILT: Final[tuple[Spoil, ...]] = (
    Spoil(without=("status",)),
    Spoil(without=("project",)),
    Spoil(fields={"issuetype": None}),
    Spoil(fields={"status": {"id": None, "name": "Nowhere"}}),
    Spoil(fields={"created": "yesterday"}),
    Spoil(fields={"updated": None}),
    Spoil(fields={"issuetype": {"id": "1", "name": "X", "hierarchyLevel": 10**30}}),
)


@dataclass(slots=True)
class MadeSite:
    """What a test does to a site, and what it remembers of it."""

    plan: Plan
    site: Site
    time: Past
    trace: list[str]
    life: Life = field(init=False)
    edits: int = 0
    scope: str = field(init=False)
    doubted: bool = False  # whether the site did what a DELTA cannot know of
    hidden_once: set[str] = field(default_factory=set)  # ids of issues
    past: Remembered = field(default_factory=Remembered)
    interrupt: Callable[[], None] | None = None
    incurable: set[str] = field(default_factory=set)
    _luck: Random = field(init=False)
    _over: bool = False

    def __post_init__(self) -> None:
        self.scope = self.plan.scope
        self._luck = Random(f"meanwhile {self.plan.seed}")
        self.life = Life(self.site.world, self.site.clock, Random(self.plan.seed), LIVELY)
        self.site.world.listeners.append(self._note)
        self.site.clock.skew_ms = self.plan.skew_ms
        self.site.meanwhile = self.meanwhile

    @property
    def keys(self) -> tuple[str, ...]:
        """The projects that are collected where not all are."""
        return tuple(project.key for project in self.site.world.all_projects())[:2]

    def say(self, text: str) -> None:
        """Write down what happened."""
        self.trace.append(f"{self.time.at_ms / 1000:.3f} {text}")

    def _note(self, happening: Happening) -> None:
        self.edits += 1
        issue = happening.issue
        scopes = scopes_of(self.site, issue, self.keys) if happening.after else frozenset[str]()
        self.past.note(Happened(self.time.at_ms, issue.id, issue.updated_ms, scopes))
        if self.site.world.hidden:
            self._remember_hidden()
        self.say(f"  {happening.kind} {issue.key} ({issue.id})")

    def known_before(self, instant: int) -> dict[str, int]:
        """Give by issue its last change before an instant, of what was seen and collected then.

        And is so now; of nothing where the site did what no DELTA can know of.
        """
        if self.doubted:
            return {}
        truth = truth_in_scope(self.site, self.scope, self.keys)
        sure = {issue["id"] for issue in truth["issues"]} - self.hidden_once
        found = self.past.collected(self.scope, before=instant)
        return {issue_id: at for issue_id, at in found.items() if issue_id in sure}

    def left_before(self, instant: int) -> set[str]:
        """Give what was collected no more at an instant; what was deleted or moved, a census finds.

        Where the site did what no DELTA can know of, that is nothing.
        """
        if self.doubted or self.scope in {"", "projects"}:
            return set()
        return self.past.left(self.scope, before=instant) - self.hidden_once

    def pass_time(self, ms: int) -> None:
        """Let time pass in which nobody does anything."""
        self.time.at_ms += ms

    def wait(self, ms: int) -> None:
        """Let time pass in which people do something now and then."""
        steps = 0 if self._over else self._luck.randint(0, 3)
        self.live(self._luck, ms=max(ms, 0), steps=steps)

    def live(self, luck: Random, *, ms: int, steps: int) -> None:
        """Let people do things, spread over a while."""
        ends = self.time.at_ms + ms
        for at_ms in sorted(self.time.at_ms + luck.randrange(max(ms, 1)) for _ in range(steps)):
            self.time.at_ms = at_ms
            self.life.step()
        self.time.at_ms = ends

    def meanwhile(self) -> None:
        """Let happen what does while a call comes, and while its answer goes."""
        self.pass_time(self._luck.randint(2, 300))
        point = self._luck.random()
        if point < self.plan.busy / 10:
            self.live(self._luck, ms=self._luck.randint(1_000, 2 * MINUTE_MS), steps=3)
        elif point < self.plan.busy:
            self.life.step()
        if self.interrupt is not None:
            self.interrupt()

    def turn(self, kind: Kind, luck: Random) -> None:
        """Misbehave from now on, or do so once."""
        turns: dict[Kind, Callable[[Random], None]] = {
            Kind.INDEX: self._lag,
            Kind.PAGES: self._trouble_pages,
            Kind.WEATHER: self._weather,
            Kind.LIMITS: self._limit,
            Kind.CLOCK: self._jump,
            Kind.CALM: lambda _: self.calm(),
            Kind.HIDE: self._hide,
            Kind.SHOW: lambda _: self.show(),
            Kind.SPOIL: self._spoil,
            Kind.TOKEN: self._revoke,
            Kind.BULK: self._lag_for_hours,
            Kind.JUMP: self._jump_far,
        }
        turns[kind](luck)

    def calm(self) -> None:
        """Behave, but for what is hidden, spoiled or revoked, and the clock."""
        self.site.index.lag(None)
        self.site.paging.trouble_with(PagingTrouble())
        self.site.skies.change(Weather())
        self.site.judge = None

    def show(self) -> None:
        """Give all permissions back."""
        self.site.world.hidden.clear()

    def quiet(self) -> None:
        """Behave altogether: what is spoiled and heals is edited, so that it does."""
        self.calm()
        self.show()
        self.site.token = ACCEPTED_TOKEN
        self.plan_is_over()
        for issue_id in self.site.spoiled.ids():
            if issue_id in self.site.world.records and issue_id not in self.incurable:
                comment(self.site.world, issue_id, now_ms=self.site.clock.now_ms())

    def plan_is_over(self) -> None:
        """Let nothing happen between calls any more but that time passes."""
        self._over = True
        self.site.meanwhile = lambda: self.pass_time(20)

    def _lag(self, luck: Random) -> None:
        most = luck.randint(1_000, LONGEST_LAG_MS)
        lag = Lag(
            seed=luck.getrandbits(20), least_ms=0, most_ms=most, copies=luck.choice((1, 2, 3))
        )
        self.site.index.lag(lag)

    def _lag_for_hours(self, luck: Random) -> None:
        self.doubted = True
        most = luck.randint(LONGEST_LAG_MS, BULK_LAG_MS)
        self.site.index.lag(Lag(seed=luck.getrandbits(20), least_ms=0, most_ms=most, copies=2))

    def _jump_far(self, luck: Random) -> None:
        self.doubted = True
        self.site.clock.skew_ms = luck.randint(-FAR_MS, FAR_MS)

    def _trouble_pages(self, luck: Random) -> None:
        self.site.paging.trouble_with(
            PagingTrouble(
                seed=luck.getrandbits(20),
                short=luck.choice((0.3, 0.8)),
                empty=0.1,
                expired=luck.choice((0, 0.1)),
                repeated=luck.choice((0, 0.05)),
            )
        )

    def _weather(self, luck: Random) -> None:
        shares = {name: luck.choice((0, 0.05, 0.12)) for name in _WEATHERS}
        self.site.skies.change(Weather(seed=luck.getrandbits(20), slow_ms=2, **shares))

    def _limit(self, luck: Random) -> None:
        limits: dict[str, Any] = {
            "tenant_points": luck.choice((250, 600)),
            "burst_scale": luck.choice((None, 0.05)),
            "gateway": luck.choice((0, 0.1)),
            "without_seconds": 0.3,
            "beta": luck.random() < 0.5,
            "app_points": luck.choice((None, 250, 600)),
        }
        self.site.judge = Judge(Limits(seed=luck.getrandbits(20), **limits))

    def _jump(self, luck: Random) -> None:
        self.site.clock.skew_ms = self.plan.skew_ms + luck.randint(-JUMP_MS, JUMP_MS)

    def _hide(self, luck: Random) -> None:
        project = luck.choice(self.site.world.all_projects())
        self.site.world.hidden.add(project.id)
        self._remember_hidden()

    def _remember_hidden(self) -> None:
        world = self.site.world
        self.hidden_once |= {one.id for one in world.records.values() if not world.shows(one)}

    def _spoil(self, luck: Random) -> None:
        for issue_id in luck.sample(sorted(self.site.world.records), luck.randint(1, 3)):
            how = luck.choice(SPOILT)
            if luck.random() < 0.2:
                how = how.model_copy(update={"heals": False})
                self.incurable.add(issue_id)
            else:
                self.incurable.discard(issue_id)
            self.site.spoiled.spoil(self.site.world.records[issue_id], how)

    def _revoke(self, luck: Random) -> None:
        self.site.token = f"another-{luck.getrandbits(20)}"


_WEATHERS: Final = ("slow", "cut", "dropped", "broken", "unavailable")
