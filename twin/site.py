"""One Jira site: its world, what it lets in, how it misbehaves, and what was asked of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from twin.calls import Calls
from twin.clock import Clock
from twin.faults import Faults
from twin.history import Issue, JsonObject
from twin.hooks.delivering import Courier
from twin.index import Index
from twin.issue_wire import issue_bean
from twin.life.people import Life
from twin.limits.judging import Judge
from twin.pages import Pages
from twin.paging import Paging
from twin.player import Player
from twin.spoiling import Spoiled
from twin.weather import Skies
from twin.wire import Wire
from twin.world import World

ACCEPTED_TOKEN = "twin-token"  # noqa: S105 - a stand-in's token, printed at start


def _nothing() -> None:
    """Nothing happens."""


@dataclass(slots=True)
class Site:
    """The state behind every route of one twin."""

    world: World
    origin: str = ""  # known once it listens
    token: str = ACCEPTED_TOKEN
    lenient: bool = False  # a wrong token is answered as nobody's, where anybody may ask
    clock: Clock = field(default_factory=Clock)
    pages: Pages = field(init=False)
    index: Index = field(init=False)
    paging: Paging = field(default_factory=Paging)
    judge: Judge | None = None  # of limits; None where nothing is limited
    courier: Courier = field(init=False)  # of webhooks
    player: Player = field(init=False)  # of what comes after the moment
    skies: Skies = field(default_factory=Skies)
    spoiled: Spoiled = field(default_factory=Spoiled)
    faults: Faults = field(default_factory=Faults)
    withheld: set[str] = field(default_factory=set)  # ids that issue/bulkfetch cannot give
    unlogged: set[str] = field(default_factory=set)  # ids that changelog/bulkfetch leaves out
    calls: Calls = field(default_factory=Calls)
    lives: dict[int, Life] = field(default_factory=dict)  # by seed
    meanwhile: Callable[[], None] = _nothing  # what happens while a call comes, and its answer goes

    def __post_init__(self) -> None:
        self.pages = Pages(self.clock)
        self.index = Index(self.world, self.clock)
        self.player = Player(self.world, self.clock)
        self.courier = Courier(self.world, self.clock, lambda: self.wire)

    def bean(self, issue: Issue, *, wanted: Callable[[str], bool]) -> JsonObject:
        """Write an issue with the fields that are wanted, wrongly where it is spoiled."""
        return self.spoiled.bean(issue_bean(self.wire, issue, wanted=wanted), issue)

    @property
    def wire(self) -> Wire:
        """How this site writes what it holds."""
        return Wire(self.origin, self.world.catalogue, self.world.agile)


SITE = web.AppKey("site", Site)
