"""Putting a site on a socket: in a test's own loop, or as a process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web

from twin import (
    agile_routes,
    changelog_routes,
    issue_routes,
    list_routes,
    play_routes,
    search_routes,
    side_channel,
    site_routes,
    writing_routes,
)
from twin.clock import Clock
from twin.gate import GATE
from twin.hooks import routes as hook_routes
from twin.making import make_world
from twin.site import ACCEPTED_TOKEN, SITE, Site
from twin.world import World

Beside = Callable[[Site], Coroutine[None, None, None]]  # what lives as long as the site serves
_PARTS = (
    site_routes,
    search_routes,
    issue_routes,
    changelog_routes,
    agile_routes,
    list_routes,
    hook_routes,
    side_channel,
    play_routes,
    writing_routes,
)
HOST = "127.0.0.1"
_GRACE_SECONDS = 0.1  # then a running call is dropped; aiohttp takes 0 for no limit at all
_MAX_BODY_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Running:
    """A twin that serves: where it is, and its state, which a test may read and change."""

    origin: str  # http://127.0.0.1:PORT
    site: Site = field(repr=False)  # all of its issues: seconds of writing for whoever shows this

    @property
    def world(self) -> World:
        """The issues: what a sync has to find."""
        return self.site.world


def application(site: Site) -> web.Application:
    """Build the web application of a site."""
    app = web.Application(middlewares=GATE, client_max_size=_MAX_BODY_BYTES)
    app[SITE] = site
    for part in _PARTS:
        app.add_routes(part.routes)
    return app


@asynccontextmanager
async def running(
    world: World | None = None,
    *,
    port: int = 0,
    token: str = ACCEPTED_TOKEN,
    clock: Clock | None = None,
    hook_ca: str | None = None,
) -> AsyncIterator[Running]:
    """Serve a world (by default the bundled issues, all of them) until the block is left.

    Port 0 takes a free one. `hook_ca` is the file that vouches for webhooks' https. OSError when
    the port is taken.
    """
    site = Site(world or make_world(), token=token, clock=clock or Clock())
    runner = web.AppRunner(
        application(site),
        access_log=None,
        shutdown_timeout=_GRACE_SECONDS,
        handler_cancellation=True,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        site.origin = "http://{}:{}".format(*runner.addresses[0])
        async with _beside(site.courier.run(ca_file=hook_ca)), _beside(site.player.run()):
            yield Running(site.origin, site)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _beside(running_on: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Let something run until the block is left."""
    task = asyncio.create_task(running_on)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def serve(
    world: World,
    *,
    port: int,
    announce: Callable[[Running], None],
    beside: Sequence[Beside] = (),
    hook_ca: str | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is called once it listens.

    `beside` runs meanwhile; where one of them fails, so does the site.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    async with running(world, port=port, hook_ca=hook_ca) as twin, asyncio.TaskGroup() as tasks:
        announce(twin)
        ran = [tasks.create_task(run(twin.site)) for run in beside]
        await stopped.wait()
        for task in ran:
            task.cancel()
