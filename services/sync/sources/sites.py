"""Opens sites: each with the pool of connections that fits how far its address is trusted."""

import aiohttp

from services.chassis.clock import Clock
from services.sync.domain.site import Site
from services.sync.sources.allowances import Allowance
from services.sync.sources.jira_cloud import Credential, JiraCloud


class Sites:
    """The two pools, and what is called through them."""

    def __init__(
        self, sessions: tuple[aiohttp.ClientSession, aiohttp.ClientSession], clock: Clock
    ) -> None:
        self._public, self._registered = sessions
        self._clock = clock

    def at(
        self, site: Site, credential: Credential, allowance: Allowance | None = None
    ) -> JiraCloud:
        """Open a site with a credential; nothing is sent yet.

        Without an allowance every call is made at once: for the few that a person waits for.
        """
        session = self._registered if site.registered else self._public
        return JiraCloud(session, site, credential, self._clock, allowance=allowance)
