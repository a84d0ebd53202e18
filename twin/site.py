"""One Jira site: its world, what it lets in, how it misbehaves, and what was asked of it."""

from dataclasses import dataclass, field

from aiohttp import web

from twin.calls import Calls
from twin.faults import Faults
from twin.pages import Pages
from twin.wire import Wire
from twin.world import World

ACCEPTED_TOKEN = "twin-token"  # noqa: S105 - a stand-in's token, printed at start


@dataclass(slots=True)
class Site:
    """The state behind every route of one twin."""

    world: World
    origin: str = ""  # known once it listens
    token: str = ACCEPTED_TOKEN
    pages: Pages = field(default_factory=Pages)
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)

    @property
    def wire(self) -> Wire:
        """How this site writes what it holds."""
        return Wire(self.origin, self.world.catalogue)


SITE = web.AppKey("site", Site)
