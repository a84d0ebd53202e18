"""How many calls a site is asked at once: so many each, also where several are one host's."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from aiohttp import web

from services.sync.domain.site import Site
from services.sync.sources.sites import CALLS_AT_ONCE, Sites
from services.sync.sources.transport import site_sessions
from tests.unit.sync_sites import CREDENTIAL, Server, serving

WAIT_SECONDS = 5


@dataclass
class Gateway(Server):
    """A host of several sites, the first of which hangs until it is told to go on."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    running: Counter[str] = field(default_factory=Counter)
    most: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer that there is nothing."""
        site = request.path.split("/")[1]
        self.running[site] += 1
        self.most = max(self.most, self.running[site])
        if self.running[site] == CALLS_AT_ONCE:
            self.full.set()
        if site == "hangs":
            await self.goes_on.wait()
        self.running[site] -= 1
        return web.json_response([])


async def test_a_site_that_hangs_holds_up_no_other_behind_the_same_host() -> None:
    """Of each so many calls are made at once, whichever connection makes them."""
    async with AsyncExitStack() as stack:
        there = Gateway()
        await stack.enter_async_context(serving(there))
        opened = Sites(await stack.enter_async_context(site_sessions()), lambda: 0)

        def at(name: str) -> Site:
            return Site(f"{there.origin}/{name}", registered=True)

        two = [opened.at(at("hangs"), CREDENTIAL) for _ in range(2)]
        calls = [jira.statuses() for jira in two for _ in range(CALLS_AT_ONCE)]
        hung = asyncio.gather(*calls)
        async with asyncio.timeout(WAIT_SECONDS):
            await there.full.wait()
            assert await opened.at(at("answers"), CREDENTIAL).statuses() == []
            there.goes_on.set()
            assert await hung == [[]] * len(calls)
        assert there.most == CALLS_AT_ONCE
