"""Stands in for auth before other services: gives service tokens, and lists what a test revokes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import SecretStr

from jira_analytics.auth.v1 import internal_pb2 as pb
from jira_analytics.auth.v1.internal_pb2_grpc import (
    InternalServiceServicer,
    add_InternalServiceServicer_to_server,
)
from services.chassis.settings import Auth, Client
from services.kernel.revocation import Revocation
from tests.edge.minting import LEFT_OUT, Mint

SECRET = "a-secret-of-tests-that-is-long-enough"
TOKEN_SECONDS = 600
# For processes that begin and work while auth is away.
NOBODY = {"AUTH_ADDRESS": "127.0.0.1:1", "CLIENT_ID": "sync", "CLIENT_SECRET": SECRET}


def service_token(mint: Mint, service: str = "sync", scope: str = "internal") -> str:
    """Sign a service token as auth does."""
    others = ("wid", "role", "tier", "region", "zoneinfo", "sid", "ver")
    claims: dict[str, Any] = dict.fromkeys(others, LEFT_OUT)
    claims |= {"aud": "jira-analytics-internal", "sub": f"svc_{service}", "scope": scope}
    return mint.token(**claims)


@dataclass
class AuthStandIn(InternalServiceServicer):
    """What other services see of auth; `revoked` is what it lists, `asked` the calls it had."""

    mint: Mint
    address: str = ""
    revoked: list[Revocation] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    active: list[pb.ListActiveWorkspacesResponse.ActiveWorkspace] = field(default_factory=list)

    @property
    def auth(self) -> Auth:
        """Where it is, as a setting."""
        return Auth(address=self.address)

    def client(self, name: str) -> Client:
        """As whom a service calls it, as a setting."""
        return Client(id=name, secret=SecretStr(SECRET))

    def environment(self, name: str) -> dict[str, str]:
        """Tell a process where it is, and as whom to call."""
        return {"AUTH_ADDRESS": self.address, "CLIENT_ID": name, "CLIENT_SECRET": SECRET}

    async def IssueServiceToken(
        self, request: pb.IssueServiceTokenRequest, context: Any
    ) -> pb.ServiceToken:
        """Give a token to whoever knows the secret."""
        self.asked.append(request)
        if request.client_secret != SECRET:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "another secret")
        token = service_token(self.mint, request.client_id)
        return pb.ServiceToken(access_token=token, expires_in=TOKEN_SECONDS)

    async def ListRevocations(
        self, request: pb.ListRevocationsRequest, _context: Any
    ) -> pb.ListRevocationsResponse:
        """List everything that a test revoked."""
        self.asked.append(request)
        return pb.ListRevocationsResponse(revocations=[_packed(one) for one in self.revoked])

    async def RecordAuditEvents(self, request: pb.RecordAuditEventsRequest, _context: Any) -> Empty:
        """Take what is to be recorded."""
        self.asked.append(request)
        return Empty()

    async def ReportStops(self, request: pb.ReportStopsRequest, _context: Any) -> Empty:
        """Take what owners are to be mailed of."""
        self.asked.append(request)
        return Empty()

    async def ListActiveWorkspaces(
        self, request: pb.ListActiveWorkspacesRequest, _context: Any
    ) -> pb.ListActiveWorkspacesResponse:
        """List the workspaces that a test says are active."""
        since = request.since_time.ToMilliseconds()
        found = [one for one in self.active if one.active_time.ToMilliseconds() >= since]
        return pb.ListActiveWorkspacesResponse(workspaces=found)


def _packed(one: Revocation) -> pb.ListRevocationsResponse.Revocation:
    instant = Timestamp()
    instant.FromMilliseconds(one.revoked)
    return pb.ListRevocationsResponse.Revocation(
        subject=one.subject, version=one.version, revoke_time=instant
    )


@asynccontextmanager
async def auth_stand_in(
    mint: Mint, kind: type[AuthStandIn] = AuthStandIn
) -> AsyncIterator[AuthStandIn]:
    """Serve on a free port until left."""
    standing = kind(mint)
    server = grpc.aio.server()
    # Written by protoc without types.
    add_InternalServiceServicer_to_server(standing, server)
    standing.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield standing
    finally:
        await server.stop(0)
