"""What happens in a world, as data that a seed decides; each step has a luck of its own.

A plan can be cut down to the steps that matter: what is left happens as it did before.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Final, TypeVar

from services.sync.backfill import AT_ONCE
from services.sync.domain.slices import SLICED_FROM
from twin.hooks.retrying import HookTrouble

T = TypeVar("T")
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
# The spring of a year in which clocks change in Europe on 29 March.
BEGIN_MS: Final = 1_774_000_000_000


class Kind(StrEnum):
    """What a step does."""

    PEOPLE = "people live for hours"
    FULL = "full sync"
    DELTA = "delta sync"
    CENSUS = "census"
    READ = "a reader looks"
    # The site misbehaves from here on.
    INDEX = "index lags"
    PAGES = "pages go wrong"
    WEATHER = "answers go wrong"
    LIMITS = "limits"
    CLOCK = "clock is wrong"
    CALM = "site behaves"
    # What only a census makes up for.
    BULK = "index lags for hours"
    JUMP = "clock jumps far"
    # Once.
    HIDE = "permission lost"
    SHOW = "permission back"
    SPOIL = "issues spoiled"
    TOKEN = "token revoked"
    SCOPE = "something else is collected"
    # To the worker of the next sync.
    DIES = "worker dies"
    KILLED = "worker killed in a call"
    FREEZES = "worker freezes"
    STOPS = "worker told to stop"
    STORE = "store away"
    LOST = "queue forgets"
    CANCELLED = "sync cancelled"


SYNCS: Final = frozenset({Kind.FULL, Kind.DELTA, Kind.CENSUS})
_SITE: Final = (
    (Kind.INDEX, 5),
    (Kind.PAGES, 4),
    (Kind.WEATHER, 4),
    (Kind.LIMITS, 2),
    (Kind.CLOCK, 2),
    (Kind.HIDE, 2),
    (Kind.SHOW, 3),
    (Kind.SPOIL, 2),
    (Kind.CALM, 3),
    (Kind.TOKEN, 1),
    (Kind.SCOPE, 1),
)
_HEALED: Final = ((Kind.BULK, 2), (Kind.JUMP, 1))
_WORKER: Final = (
    (Kind.DIES, 5),
    (Kind.KILLED, 3),
    (Kind.FREEZES, 4),
    (Kind.STORE, 3),
    (Kind.STOPS, 1),
    (Kind.LOST, 1),
    (Kind.CANCELLED, 1),
)
DOOMS: Final = frozenset(kind for kind, _ in _WORKER)
_SYNCS: Final = ((Kind.DELTA, 12), (Kind.CENSUS, 3), (Kind.FULL, 1))


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens, with the seed of its luck."""

    kind: Kind
    seed: int

    @property
    def luck(self) -> Random:
        """Give the luck of this step, from its beginning."""
        return Random(self.seed)


@dataclass(frozen=True, slots=True)
class Plan:
    """A world: what it is made of, what is collected of it, and what happens."""

    seed: int
    issues: int
    projects: int
    edits_per_issue: float
    page: int
    scope: str
    busy: float
    skew_ms: int
    hooks: HookTrouble | None
    sliced_from: int
    beside: int  # so many slices, and pages, at once: of more than one the order is not the seed's
    uncounted: bool  # nobody counts what the site is asked: the budget's Redis is away
    steps: tuple[Step, ...]

    def without(self, *places: int) -> "Plan":
        """Leave out steps."""
        gone = set(places)
        return replace(
            self, steps=tuple(step for at, step in enumerate(self.steps) if at not in gone)
        )


# What is collected: everything, projects, or what a restriction says; most collect everything.
SCOPES: Final = (
    ("", 6),
    ("projects", 2),
    ("issuetype != Bug", 1),
    ("statusCategory != Done", 1),
)


HEALED_SHARE: Final = 0.3
UNCOUNTED_SHARE: Final = 0.15
HIDDEN_SHARE: Final = 0.2


def plan_of(seed: int, *, rounds: int | None = None) -> Plan:
    """Decide what a seed's world is made of, and what happens in it."""
    luck = Random(f"soak {seed}")
    steps = [_step(luck, Kind.FULL)]
    if luck.random() < 0.4:
        steps = [*_troubles(luck), *steps]
    healed = luck.random() < HEALED_SHARE
    for _ in range(rounds or luck.randint(4, 8)):
        if healed and luck.random() < HEALED_SHARE:
            steps.append(_step(luck, _drawn(luck, _HEALED)))
        steps += _round(luck)
    made = Plan(
        seed=seed,
        issues=luck.randint(16, 48),
        projects=luck.choice((2, 3, 4, 8)),
        edits_per_issue=luck.uniform(1, 4),
        page=luck.choice((3, 8, 100)),
        scope=_drawn(luck, SCOPES),
        busy=luck.choice((0.05, 0.15, 0.4)),
        skew_ms=luck.choice((0, 0, luck.randint(-40, 40) * MINUTE_MS)),
        hooks=_hooks(luck) if luck.random() < 0.6 else None,
        sliced_from=luck.choice((1, SLICED_FROM)),
        beside=luck.choice((1, AT_ONCE)),
        uncounted=luck.random() < UNCOUNTED_SHARE,
        steps=tuple(steps),
    )
    if made.sliced_from == SLICED_FROM:
        return made
    # Sites are listed in slices by FULLs, of which most worlds have one: the first sync.
    before = [_step(luck, _drawn(luck, _WORKER)) for _ in range(luck.randint(0, 2))]
    if luck.random() < HIDDEN_SHARE:
        before.append(_step(luck, Kind.HIDE))
    return replace(made, steps=(*before, *steps))


def _round(luck: Random) -> list[Step]:
    """People live, the site may turn bad, the worker may fare ill, and what is there is synced."""
    steps = [_step(luck, Kind.PEOPLE)]
    if luck.random() < 0.6:
        steps += _troubles(luck)
    if luck.random() < 0.4:
        steps.append(_step(luck, Kind.PEOPLE))
    steps.append(_step(luck, _drawn(luck, _SYNCS)))
    if luck.random() < 0.3:
        steps.append(_step(luck, Kind.READ))
    return steps


def _troubles(luck: Random) -> list[Step]:
    steps = [_step(luck, _drawn(luck, _SITE)) for _ in range(luck.randint(1, 3))]
    if luck.random() < 0.6:
        steps += [_step(luck, _drawn(luck, _WORKER)) for _ in range(luck.randint(1, 2))]
    return steps


def _hooks(luck: Random) -> HookTrouble:
    return HookTrouble(
        seed=luck.getrandbits(20),
        dropped=luck.choice((0, 0.2)),
        doubled=luck.choice((0, 0.3)),
        late=luck.choice((0, 0.3)),
        late_ms=luck.choice((MINUTE_MS, 3 * HOUR_MS)),
        spread_ms=luck.choice((0, 30_000)),
        secondary=luck.choice((0, 0.2)),
    )


def _step(luck: Random, kind: Kind) -> Step:
    return Step(kind, luck.getrandbits(32))


def _drawn(luck: Random, weighed: tuple[tuple[T, int], ...]) -> T:
    return luck.choices([value for value, _ in weighed], [weight for _, weight in weighed])[0]
