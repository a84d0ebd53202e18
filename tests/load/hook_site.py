"""A site that sends webhooks to a stack, and the services there, for measuring."""

import asyncio
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import grpc

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.analytics.v1.analytics_pb2_grpc import AnalyticsServiceStub
from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1.connection_pb2_grpc import ConnectionServiceStub
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceStub
from tests.load.synced_stack import EMAIL, PASSWORD, Synced

CALL_SECONDS: Final = 30.0
# What a body of Jira's is made of, beside the issue's fields: about 6 kB with them.
PADDING: Final = "x" * 5_500


# What every call of somebody carries.
Caller = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A tenant's connection, with what its site sends with, and issues that only it collects."""

    caller: Caller
    connection_id: str
    path: str
    secret: str
    issues: Sequence[str]


class Site:
    """Edits issues of the twin, and sends webhooks as a site does."""

    def __init__(self, session: aiohttp.ClientSession, stack: Synced) -> None:
        self._session = session
        self._gateway = stack.running.gateway_url
        self._twin = stack.running.twin_url or ""
        self._tls = ssl.create_default_context(cafile=str(stack.running.ca))
        self._number = 0

    async def issues(self, amount: int) -> list[str]:
        """List some issues' ids."""
        body = {"jql": "created >= 0 ORDER BY key", "maxResults": amount}
        signed = aiohttp.BasicAuth(EMAIL, "twin-token")
        address = f"{self._twin}/rest/api/3/search/jql"
        async with self._session.post(address, json=body, auth=signed) as answer:
            return [issue["id"] for issue in (await answer.json())["issues"]]

    async def edit(self, issue_id: str) -> None:
        """Give an issue to somebody else."""
        self._number += 1
        change = {"assignee": f"person-{self._number}"}
        address = f"{self._twin}/_twin/issues/{issue_id}"
        async with self._session.post(address, json=change) as answer:
            answer.raise_for_status()

    async def send(self, told: Told, issue_id: str) -> None:
        """Send a webhook about an issue."""
        self._number += 1
        said = {
            "timestamp": time.time_ns() // 1_000_000,
            "webhookEvent": "jira:issue_updated",
            "issue": {"id": issue_id, "fields": {"summary": PADDING}},
        }
        body = json.dumps(said).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature": "sha256="
            + hmac.new(told.secret.encode(), body, hashlib.sha256).hexdigest(),
            "X-Atlassian-Webhook-Identifier": f"{self._number}",
        }
        url = f"{self._gateway}{told.path}?user_id=1"
        async with self._session.post(url, data=body, headers=headers, ssl=self._tls) as answer:
            answer.raise_for_status()
            await answer.read()


@dataclass(frozen=True, slots=True)
class Product:
    """The services through the gateway."""

    auth: Any
    connections: Any
    sync: Any
    analytics: Any
    stack: Synced

    async def ask(self, method: Any, request: Any, caller: Caller = ()) -> Any:
        """Call as somebody, or as nobody."""
        return await method(request, metadata=caller, timeout=CALL_SECONDS)

    async def told(self, name: str, issues: Sequence[str]) -> Told:
        """Make a tenant whose twin is connected for some issues; collect them, make a secret."""
        somebody = auth_pb2.SignUpRequest(
            email=f"{name}@example.com", password=PASSWORD, workspace_name=name
        )
        tokens = await self.ask(self.auth.SignUp, somebody)
        caller = (("authorization", f"Bearer {tokens.access_token}"),)
        scope = connection_pb2.Scope(jql=f"id in ({', '.join(issues)})")
        offered = connection_pb2.CreateConnectionRequest(
            name=name,
            source=connection_pb2.Connection.JIRA_CLOUD,
            site_url=self.stack.running.twin_url or "",
            email=EMAIL,
            api_token="twin-token",
            scope=scope,
        )
        made = await self.ask(self.connections.CreateConnection, offered, caller)
        start = sync_pb2.StartSyncRequest(connection_id=made.id)
        await self.ask(self.sync.StartSync, start, caller)
        rotate = connection_pb2.RotateWebhookSecretRequest(connection_id=made.id)
        secret = await self.ask(self.connections.RotateWebhookSecret, rotate, caller)
        return Told(caller, made.id, secret.path, secret.secret, issues)

    async def synced(self, told: Told) -> None:
        """Wait until a connection's issues were collected."""
        request = connection_pb2.GetConnectionRequest(connection_id=told.connection_id)
        shown = await self.ask(self.connections.GetConnection, request, told.caller)
        while not shown.HasField("last_sync_time"):
            await asyncio.sleep(0.5)
            shown = await self.ask(self.connections.GetConnection, request, told.caller)

    async def revision(self, told: Told) -> int:
        """Ask for the summary of a connection; gives the revision that it was made from."""
        request = analytics_pb2.GetExecutiveSummaryRequest(connection_id=told.connection_id)
        answer = await self.ask(self.analytics.GetExecutiveSummary, request, told.caller)
        return int(answer.provenance.revision)


@asynccontextmanager
async def product(stack: Synced) -> AsyncIterator[tuple[Product, Site]]:
    """Open the services and the site."""
    async with (
        grpc.aio.secure_channel(stack.target, stack.credentials()) as channel,
        aiohttp.ClientSession(trust_env=False) as session,
    ):
        yield (
            Product(
                AuthServiceStub(channel),
                ConnectionServiceStub(channel),
                SyncServiceStub(channel),
                AnalyticsServiceStub(channel),
                stack,
            ),
            Site(session, stack),
        )
