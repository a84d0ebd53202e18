"""Servers on loopback that stand for a site: they remember what they were sent."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from services.sync.sources.jira_cloud import Credential

LOOPBACK = "127.0.0.1"
CREDENTIAL = Credential("ann@example.com", "the-token")


@dataclass
class Server:
    """A server on loopback that remembers what it was sent."""

    origin: str = ""
    sent: list[tuple[str, str | None]] = field(default_factory=list)
    redirect: str | None = None
    answers: dict[str, Callable[[], web.Response]] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.origin.rpartition(":")[2])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer, or lead elsewhere."""
        self.sent.append((request.path, request.headers.get("Authorization")))
        if self.redirect is not None:
            raise web.HTTPTemporaryRedirect(self.redirect + request.path)
        made = self.answers.get(request.path)
        return made() if made else web.json_response({"deploymentType": "Cloud"})


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    """Serve on a free port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        server.origin = "http://{}:{}".format(*runner.addresses[0])
        yield server
    finally:
        await runner.cleanup()
