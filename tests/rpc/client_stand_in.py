"""The product as its client sees it: real calls over TLS on a real socket, answers by hand."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import trustme
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.empty_pb2 import Empty
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from client.api import Client
from client.place import Gateway
from client.session import SessionFile
from jira_analytics.analytics.v1.analytics_pb2_grpc import add_AnalyticsServiceServicer_to_server
from jira_analytics.auth.v1 import auth_pb2, workspace_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import add_AuthServiceServicer_to_server
from jira_analytics.auth.v1.workspace_pb2_grpc import add_WorkspaceServiceServicer_to_server
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1.connection_pb2_grpc import add_ConnectionServiceServicer_to_server
from jira_analytics.sync.v1.sync_pb2_grpc import add_SyncServiceServicer_to_server

EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
PUBLIC = {"RequestPasswordReset", "ResetPassword", "VerifyEmail"}
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as services answer it; without a reason as a stranger would."""

    code: grpc.StatusCode
    reason: str = ""
    message: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    trailers: tuple[tuple[str, str], ...] = ()

    async def give(self, context: Any) -> None:
        if not self.reason:
            await context.abort(self.code, self.message)
        detail = AnyMessage()
        detail.Pack(ErrorInfo(reason=self.reason, domain="jira-analytics", metadata=self.metadata))
        status = Status(code=self.code.value[0], message=self.message, details=[detail])
        packed = ("grpc-status-details-bin", status.SerializeToString())
        await context.abort(self.code, self.message, (packed, *self.trailers))


TOKEN_INVALID = Refusal(UNAUTHENTICATED, "TOKEN_INVALID", "a valid access token is needed")
TOKEN_STALE = Refusal(UNAUTHENTICATED, "TOKEN_STALE", "the access token holds no more")
ANSWER_LOST = Refusal(grpc.StatusCode.UNAVAILABLE, message="Socket closed")


@dataclass(frozen=True, slots=True)
class Hold:
    """A place where a call waits until it is told to go on."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)


class Product:
    """Answers calls by method name from `answers`, refuses them from `refusals`, counts them.

    A method without an answer answers with nothing, as those do that only change something.
    """

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.requests: dict[str, Any] = {}
        self.bearers: dict[str, str] = {}
        self.deadlines: list[float | None] = []
        self.access: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.traded: dict[str, auth_pb2.Tokens] = {}
        """What a refresh token was traded for, as long as the service gives the same again."""
        self.lost: dict[str, list[Refusal]] = {}
        """What each next answer is replaced with on its way, after the method did its work."""
        self.held: dict[str, Hold] = {}
        """Where a method keeps its answer for a while, after it did its work."""
        self.api_keys: set[str] = set()
        self.unknown = TOKEN_INVALID
        """How a token is refused that does not hold."""
        self.expires_in = 900
        self.delay_seconds = 0.0
        self.refusals: dict[str, Refusal] = {}
        self.answers: dict[str, Any] = {
            "GetMe": auth_pb2.Me(
                email=EMAIL,
                role=workspace_pb2.Member.OWNER,
                workspace=workspace_pb2.Workspace(
                    name="Acme", time_zone="Europe/Berlin", tier=workspace_pb2.Workspace.FREE
                ),
            ),
            "StartSync": sync_pb2.SyncJob(
                id="job_1", mode=sync_pb2.SyncJob.FULL, state=sync_pb2.SyncJob.QUEUED
            ),
            "ListConnections": connection_pb2.ListConnectionsResponse(),
        }
        self.streams: list[list[Any]] = []
        """What each WatchSyncJob or ExportAccount in turn says; a Refusal breaks it off."""

    async def _public(self, method: str, request: Any, context: Any) -> None:
        self.calls[method] = self.calls.get(method, 0) + 1
        self.requests[method] = request
        self.deadlines.append(context.time_remaining())
        if method in self.refusals:
            await self.refusals[method].give(context)

    async def _known(self, method: str, request: Any, context: Any) -> None:
        await self._public(method, request, context)
        await asyncio.sleep(self.delay_seconds)
        said = dict(context.invocation_metadata()).get("authorization", "")
        self.bearers[method] = said.removeprefix("Bearer ")
        if said.removeprefix("Bearer ") not in self.access:
            await self.unknown.give(context)

    def tokens(self) -> auth_pb2.Tokens:
        """Make tokens that hold; the access tokens before them do so no more."""
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.access = {access}
        self.refresh_tokens.add(refresh)
        return auth_pb2.Tokens(
            access_token=access,
            refresh_token=refresh,
            token_type="Bearer",
            expires_in=self.expires_in,
        )

    async def _lost(self, method: str, context: Any) -> None:
        if method in self.held:
            self.held[method].reached.set()
            await self.held[method].release.wait()
        for refusal in [self.lost[method].pop(0)] if self.lost.get(method) else []:
            await refusal.give(context)

    async def SignUp(self, request: Any, context: Any) -> Any:
        await self._public("SignUp", request, context)
        return self.tokens()

    async def Login(self, request: Any, context: Any) -> Any:
        await self._public("Login", request, context)
        return self.tokens()

    async def ExchangeApiKey(self, request: Any, context: Any) -> Any:
        await self._public("ExchangeApiKey", request, context)
        if request.api_key not in self.api_keys:
            await Refusal(UNAUTHENTICATED, "API_KEY_INVALID", "of no use").give(context)
        self.access = {secrets.token_hex(8)}
        [access] = self.access
        return auth_pb2.Tokens(access_token=access, token_type="Bearer", expires_in=self.expires_in)

    async def Refresh(self, request: Any, context: Any) -> Any:
        await self._public("Refresh", request, context)
        spent = request.refresh_token
        if spent in self.refresh_tokens:
            self.refresh_tokens.remove(spent)
            self.traded[spent] = self.tokens()
        if spent not in self.traded:
            await Refusal(UNAUTHENTICATED, "REFRESH_TOKEN_INVALID", "of no use").give(context)
        await self._lost("Refresh", context)
        return self.traded[spent]

    async def SwitchWorkspace(self, request: Any, context: Any) -> Any:
        await self._known("SwitchWorkspace", request, context)
        before, tokens = self.access, self.tokens()
        self.access = before | self.access
        return tokens

    async def WatchSyncJob(self, request: Any, context: Any) -> Any:
        async for said in self._stream("WatchSyncJob", request, context):
            yield said

    async def ExportAccount(self, request: Any, context: Any) -> Any:
        async for said in self._stream("ExportAccount", request, context):
            yield said

    async def _stream(self, method: str, request: Any, context: Any) -> Any:
        await self._known(method, request, context)
        for said in self.streams.pop(0) if self.streams else []:
            if isinstance(said, Refusal):
                await said.give(context)
            yield said

    def __getattr__(self, method: str) -> Callable[[Any, Any], Awaitable[Any]]:
        """Answer any other method with what `answers` holds for it."""

        async def answer(request: Any, context: Any) -> Any:
            await (self._public if method in PUBLIC else self._known)(method, request, context)
            return self.answers.get(method, Empty())

        return answer


@dataclass(frozen=True, slots=True)
class Served:
    """A product that is served, and where."""

    product: Product
    gateway: Gateway
    ca: Path
    session: Path

    def client(self) -> Client:
        """Make another client of the same person."""
        return Client(self.gateway, SessionFile(self.session))


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """Serve a product on a free port of localhost."""
    authority, product = trustme.CA(), Product()
    certificate = authority.issue_cert("localhost")
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    credentials = grpc.ssl_server_credentials([(certificate.private_key_pem.bytes(), chain)])
    server = grpc.aio.server()
    servicer: Any = product
    add_AuthServiceServicer_to_server(servicer, server)
    add_WorkspaceServiceServicer_to_server(servicer, server)
    add_ConnectionServiceServicer_to_server(servicer, server)
    add_SyncServiceServicer_to_server(servicer, server)
    add_AnalyticsServiceServicer_to_server(servicer, server)
    port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    ca = folder / "ca.pem"
    ca.write_bytes(authority.cert_pem.bytes())
    gateway = Gateway("localhost", port, ca=ca.read_bytes())
    try:
        yield Served(product, gateway, ca, folder / "config" / "session.json")
    finally:
        await server.stop(None)
