"""The analytics service on a free port, over real stores, with issues as sync writes them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from jira_analytics.analytics.v1.analytics_pb2_grpc import AnalyticsServiceStub
from services.analytics.__main__ import running
from services.analytics.settings import AnalyticsSettings
from services.chassis.clock import Clock
from services.chassis.redis import CacheSettings
from services.chassis.settings import Drain, Jwks, Listen, Mongo
from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.documents import (
    CONNECTION_STATES,
    ISSUES,
    Document,
    document_of_issue,
    document_of_state,
)
from services.kernel.ids import ConnectionId, WorkspaceId
from services.kernel.issue import Issue
from services.kernel.workflow import Category, Status
from tests.auth_stand_in import AuthStandIn, auth_stand_in
from tests.edge.minting import Mint
from tests.edge.upstreams import KeyServer

STATUSES = {
    "1": Status("1", "To Do", Category.NEW),
    "3": Status("3", "In Progress", Category.INDETERMINATE),
    "6": Status("6", "Done", Category.DONE),
}


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the service finds things; `clock` is its now."""

    mongo_url: str
    cache_url: str
    database: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, what its callers hold, and what sync would write."""

    stub: Any
    mint: Mint
    auth: AuthStandIn
    client: AsyncMongoClient[Document]
    database: str
    channel: grpc.aio.Channel
    states: dict[str, ConnectionState] = field(default_factory=dict)

    def caller(self, workspace: str = "wsp_1", **claims: Any) -> tuple[tuple[str, str], ...]:
        """Give the metadata of a viewer in a workspace."""
        token = self.mint.token(wid=workspace, role="VIEWER", **claims)
        return (("authorization", f"Bearer {token}"),)

    async def connect(
        self, connection: str = "con_1", workspace: str = "wsp_1", **values: Any
    ) -> None:
        """Store a connection's state, as sync does when it is created."""
        state = ConnectionState(
            ConnectionId(connection),
            WorkspaceId(workspace),
            values.pop("name", f"name-of-{connection}"),
            Source.JIRA_CLOUD,
            "https://site.example",
            ConnectionStanding.NEW,
            **{"statuses": STATUSES, **values},
        )
        await self._store(state)

    async def write(
        self,
        issues: Sequence[Issue],
        connection: str = "con_1",
        *,
        raised: bool = True,
        written: int = 0,
    ) -> ConnectionState:
        """Write issues as one page of a sync and raise the revision; gives the state after it."""
        state = self.states[connection]
        state = replace(
            state,
            standing=ConnectionStanding.ACTIVE,
            seq=state.seq + 1,
            revision=state.revision + (1 if raised else 0),
            issue_count=state.issue_count + len(issues),
            written=written,
        )
        for issue in issues:
            document = {**document_of_issue(issue, state.scope), "seq": state.seq}
            await self.client[self.database][ISSUES].replace_one(
                {"_id": document["_id"]}, document, upsert=True
            )
        await self._store(state)
        return state

    async def _store(self, state: ConnectionState) -> None:
        self.states[state.connection_id] = state
        document = document_of_state(state)
        await self.client[self.database][CONNECTION_STATES].replace_one(
            {"_id": document["_id"]}, document, upsert=True
        )


@asynccontextmanager
async def analytics(stores: Stores) -> AsyncIterator[Service]:
    """Run the service; everything is stopped at the end."""
    mint = Mint()
    async with AsyncExitStack() as stack:
        keys = KeyServer(mint.jwks)
        stack.callback(keys.stop)
        auth = await stack.enter_async_context(auth_stand_in(mint))
        settings = AnalyticsSettings(
            grpc=Listen(port=0),
            http=Listen(port=0),
            mongo=Mongo(url=SecretStr(stores.mongo_url), database=stores.database),
            jwks=Jwks(url=f"http://{keys.endpoint.address}:{keys.endpoint.port}/"),
            auth=auth.auth,
            client=auth.client("analytics"),
            redis=CacheSettings(cache_url=SecretStr(stores.cache_url)),
            drain=Drain(notice_seconds=0, grace_seconds=1),
        )
        port = await stack.enter_async_context(running(settings, stores.clock))
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        client: AsyncMongoClient[Document] = AsyncMongoClient(stores.mongo_url)
        stack.push_async_callback(client.close)
        yield Service(AnalyticsServiceStub(channel), mint, auth, client, stores.database, channel)


__all__ = ["STATUSES", "Service", "Stores", "analytics", "pb"]
