"""Atlassian's gateway before a site: there alone tokens with scopes are taken.

A site is at `/ex/jira/CLOUD_ID`. A token with no scope for a call is answered with 401, as a wrong
one is, and the reason.
"""

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from twin.serving import HOST, Running

_MAX_BODY_BYTES = 4 * 2**20
CLOUD_ID = "11223344-a1b2-3b33-c444-def123456789"
WORK, PEOPLE = "read:jira-work", "read:jira-user"
BOARDS, BOARD_ADMIN = "read:board-scope:jira-software", "read:board-scope.admin:jira-software"
SPRINTS, CONFIGURATION = "read:sprint:jira-software", "manage:jira-configuration"
# By Atlassian's descriptions, the first that fits.
_SCOPES = (
    ("/rest/agile/1.0/board/.*/configuration", BOARD_ADMIN),
    ("/rest/agile/1.0/board/.*/sprint", SPRINTS),
    ("/rest/agile/", BOARDS),
    ("/rest/api/3/myself", PEOPLE),
    ("/rest/api/3/user", PEOPLE),
    ("/rest/api/3/workflows", CONFIGURATION),
    ("/rest/", WORK),
)


@dataclass(slots=True)
class Gateway:
    """Where the site is called, and the one token that is taken, for so much."""

    origin: str
    token: str = "scoped-token"  # noqa: S105 - the twin's own
    scopes: set[str] = field(default_factory=lambda: {WORK, PEOPLE})

    @property
    def address(self) -> str:
        """Give the site's address here."""
        return f"{self.origin}/ex/jira/{CLOUD_ID}"


def scope_of(path: str) -> str:
    """Tell which scope a call needs."""
    return next(scope for prefix, scope in _SCOPES if re.match(prefix, path))


def _unauthorized(message: str, **headers: str) -> web.Response:
    body = {"code": 401, "message": message}
    return web.json_response(body, status=401, headers=headers)


@asynccontextmanager
async def gateway(site: Running, *, port: int = 0) -> AsyncIterator[Gateway]:
    """Open the gateway before a site that serves, until left; port 0 takes a free one."""
    known = Gateway("")

    async def passed_on(request: web.Request) -> web.Response:
        path = f"/{request.match_info['path']}"
        signed = request.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(signed).partition(b":")[2].decode() != known.token:
            return _unauthorized("Unauthorized")
        if scope_of(path) not in known.scopes:
            category = {"X-Failure-Category": "FAILURE_CLIENT_SCOPE_CHECK"}
            return _unauthorized("Unauthorized; scope does not match", **category)
        own = aiohttp.encode_basic_auth("gateway@example.com", site.site.token, "utf-8")
        async with session.request(
            request.method,
            site.origin + request.raw_path.removeprefix(f"/ex/jira/{CLOUD_ID}"),
            data=await request.read(),
            headers={
                "Accept": "application/json",
                "Content-Type": request.content_type,
                "Authorization": own,
            },
        ) as answer:
            hop_by_hop = {"Transfer-Encoding", "Content-Encoding", "Content-Length", "Connection"}
            headers = {
                name: value for name, value in answer.headers.items() if name not in hop_by_hop
            }
            return web.Response(body=await answer.read(), status=answer.status, headers=headers)

    app = web.Application(client_max_size=_MAX_BODY_BYTES)
    app.router.add_route("*", f"/ex/jira/{CLOUD_ID}/{{path:.*}}", passed_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    async with aiohttp.ClientSession() as session:
        try:
            await web.TCPSite(runner, HOST, port).start()
            known.origin = "http://{}:{}".format(*runner.addresses[0])
            yield known
        finally:
            await runner.cleanup()
