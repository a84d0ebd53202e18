"""A process's plain-HTTP port, for kubelet and Prometheus: /live, /ready, /metrics, own pages."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.chassis.settings import Listen

# A scrape that hangs must not hold up a stop; 0 would mean no limit at all.
STOP_SECONDS = 0.5
# Gives the JSON that a page shows.
Page = Callable[[], Awaitable[object]]


class Ready(Protocol):
    """What /ready tells."""

    @property
    def ready(self) -> bool:
        """Whether calls should come."""

    @property
    def failing(self) -> Mapping[str, str]:
        """The probes that failed, and how."""


async def _live(_request: web.Request) -> web.Response:
    """Answer as long as the loop turns; stores that are away are no reason to be killed."""
    return web.Response(text="live\n")


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _json_page(page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(_request: web.Request) -> web.Response:
        return web.json_response(await page())

    return show


@asynccontextmanager
async def plain_http(
    listen: Listen, readiness: Ready, pages: Mapping[str, Page]
) -> AsyncIterator[None]:
    """Serve the pages until left; /ready is 503 and names failing probes while there are any."""

    async def ready(_request: web.Request) -> web.Response:
        failing = json.dumps({"ready": readiness.ready, "failing": sorted(readiness.failing)})
        return web.Response(text=failing, status=200 if readiness.ready else 503)

    app = web.Application()
    app.router.add_get("/live", _live)
    app.router.add_get("/ready", ready)
    app.router.add_get("/metrics", _metrics)
    for path, page in pages.items():
        app.router.add_get(path, _json_page(page))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, listen.host, listen.port).start()
        yield
    finally:
        await runner.cleanup()
