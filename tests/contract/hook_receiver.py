"""What receives the twin's webhooks: a server that answers as it is told, and keeps what came."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from twin.serving import Running

MINUTE_MS = 60_000
HOOKS = "/rest/webhooks/1.0/webhook"
EVENTS = ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created"]


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery as it came."""

    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    body: Any

    @property
    def identifier(self) -> str:
        return self.headers["X-Atlassian-Webhook-Identifier"]


@dataclass(slots=True)
class Receiver:
    """Where it listens, what it has received, and what it answers: the next status, or 200."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    always: int = 200

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = await request.json() if raw else None
        self.received.append(Received(dict(request.query), dict(request.headers), raw, body))
        return web.Response(status=self.answers.pop(0) if self.answers else self.always)


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Listen on a free port; over https where there is a context."""
    receiver, app = Receiver(), web.Application(client_max_size=2**26)
    app.router.add_post("/hooks", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}/hooks"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def register(jira: httpx.AsyncClient, receiver: Receiver, **asked: Any) -> Any:
    body = {"name": "ours", "url": receiver.url, "events": EVENTS, "secret": "known", **asked}
    answer = await jira.post(HOOKS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def edit(jira: httpx.AsyncClient, twin: Running, **asked: Any) -> str:
    """Edit the first issue, and let what is due be sent."""
    issue_id = next(iter(twin.world.records))
    answer = await jira.post(f"/_twin/issues/{issue_id}", json=asked)
    assert answer.status_code == 200, answer.text
    await twin.site.courier.settle()
    return issue_id


async def later(jira: httpx.AsyncClient, twin: Running, minutes: int) -> None:
    await jira.post("/_twin/clock", json={"advance_ms": minutes * MINUTE_MS})
    await twin.site.courier.settle()
