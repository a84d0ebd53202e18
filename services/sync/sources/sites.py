"""Opens sites: each with the pool of connections that fits how far its address is trusted."""

import asyncio
from typing import Final
from weakref import WeakValueDictionary

import aiohttp

from services.chassis.clock import Clock
from services.sync.domain.site import Site
from services.sync.sources.allowances import Allowance
from services.sync.sources.jira_cloud import Credential, JiraCloud

CALLS_AT_ONCE: Final = 8  # of one site, whoever makes them


class Sites:
    """The two pools, and what is called through them."""

    def __init__(
        self, sessions: tuple[aiohttp.ClientSession, aiohttp.ClientSession], clock: Clock
    ) -> None:
        self._public, self._registered = sessions
        self._clock = clock
        self._slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def at(
        self, site: Site, credential: Credential, allowance: Allowance | None = None
    ) -> JiraCloud:
        """Open a site with a credential; nothing is sent yet.

        Without an allowance every call is made at once: for the few that a person waits for.
        """
        session = self._registered if site.registered else self._public
        slots = self._slots.setdefault(site.origin, asyncio.Semaphore(CALLS_AT_ONCE))
        return JiraCloud(session, site, credential, self._clock, allowance=allowance, slots=slots)
