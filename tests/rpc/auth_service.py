"""The auth service on a free port, over a real store, with a clock that tests move."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from cryptography.fernet import Fernet
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from jira_analytics.auth.v1 import auth_pb2 as pb
from jira_analytics.auth.v1 import internal_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from jira_analytics.auth.v1.internal_pb2_grpc import InternalServiceStub
from services.auth.__main__ import running
from services.auth.settings import (
    AuditSettings,
    AuthSettings,
    ClientSettings,
    MasterSettings,
    PasswordSettings,
)
from services.chassis.mongo import Database
from services.chassis.settings import Drain, Listen, Mongo
from tests.auth_stand_in import SECRET
from tests.stores import free_port

PASSWORD = "correct horse battery staple"
MASTER = Fernet.generate_key().decode()
CLIENTS = ",".join(f"{client}:{SECRET}" for client in ("analytics", "sync", "operator"))


@dataclass
class MovedClock:
    """The machine's clock, moved ahead by `ahead` milliseconds, once it stands from there."""

    ahead: int = 0
    stood: int = 0

    def __call__(self) -> int:
        return (self.stood or time.time_ns() // 1_000_000) + self.ahead

    def stand(self) -> None:
        """Go on only by `ahead`: what takes long here takes no time."""
        self.stood = time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Auth:
    """A running service, and the database under it."""

    stub: Any
    internal: Any
    health: Any
    address: str
    http_port: int
    database: Database
    clock: MovedClock = field(default_factory=MovedClock)
    channel: Any = None

    async def sign_up(self, email: str = "a@example.com", **fields: Any) -> pb.Tokens:
        values = {"password": PASSWORD, "workspace_name": "Acme", **fields}
        tokens: pb.Tokens = await self.stub.SignUp(pb.SignUpRequest(email=email, **values))
        return tokens

    async def log_in(
        self, email: str = "a@example.com", password: str = PASSWORD, *, address: str = ""
    ) -> pb.Tokens:
        """Sign in; `address` is where the gateway says the call came from."""
        request = pb.LoginRequest(email=email, password=password)
        metadata = (("x-forwarded-for", address),) if address else ()
        tokens: pb.Tokens = await self.stub.Login(request, metadata=metadata)
        return tokens

    async def refresh(self, refresh_token: str) -> pb.Tokens:
        request = pb.RefreshRequest(refresh_token=refresh_token)
        tokens: pb.Tokens = await self.stub.Refresh(request)
        return tokens

    async def me(self, access_token: str) -> pb.Me:
        metadata = (("authorization", f"Bearer {access_token}"),)
        me: pb.Me = await self.stub.GetMe(pb.GetMeRequest(), metadata=metadata)
        return me

    async def as_service(self, client_id: str = "sync") -> tuple[tuple[str, str], ...]:
        """Give the metadata of a service, or of the operator, with a token fresh from auth."""
        request = internal_pb2.IssueServiceTokenRequest(client_id=client_id, client_secret=SECRET)
        token = await self.internal.IssueServiceToken(request)
        return (("authorization", f"Bearer {token.access_token}"),)

    async def healthy(self) -> bool:
        answer = await self.health.Check(health_pb2.HealthCheckRequest())
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@asynccontextmanager
async def auth_service(mongo_url: str, database: str, **otherwise: Any) -> AsyncIterator[Auth]:
    """Run the service, its passwords hashed cheaply; everything is stopped at the end.

    `otherwise` are settings that are other than usual, each a concern such as `passwords`.
    """
    clock, http_port = MovedClock(), free_port()
    usual: dict[str, Any] = {
        "grpc": Listen(port=0),
        "http": Listen(port=http_port),
        "mongo": Mongo(url=SecretStr(mongo_url), database=database, timeout_seconds=1),
        "master": MasterSettings(keys=SecretStr(MASTER)),
        "clients": ClientSettings(secrets=SecretStr(CLIENTS)),
        "passwords": PasswordSettings(cost=4),
        # Events stay in `audit_inbox`, where tests look for them.
        "audit": AuditSettings(rest_seconds=3600),
        "drain": Drain(notice_seconds=0, grace_seconds=1),
    }
    settings = AuthSettings(**{**usual, **otherwise})
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(running(settings, clock))
        address = f"127.0.0.1:{port}"
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(address))
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
        stack.push_async_callback(client.close)
        health = health_pb2_grpc.HealthStub(channel)
        yield Auth(
            AuthServiceStub(channel),
            InternalServiceStub(channel),
            health,
            address,
            http_port,
            client[database],
            clock,
            channel,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a caller sees of a call that failed; `everything` is all of it, as text."""

    code: grpc.StatusCode
    reason: str
    metadata: dict[str, str]
    everything: str


def refusal_of(error: grpc.aio.AioRpcError) -> Refusal:
    trailing = dict(error.trailing_metadata())
    status, info = Status.FromString(trailing["grpc-status-details-bin"]), ErrorInfo()
    assert status.details[0].Unpack(info)
    everything = f"{error.details()} {error.trailing_metadata()} {status}"
    return Refusal(error.code(), info.reason, dict(info.metadata), everything)


@asynccontextmanager
async def refused(reason: str) -> AsyncIterator[list[Refusal]]:
    """Expect a call to be refused for a reason; the refusal is added to the list it gives."""
    seen: list[Refusal] = []
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        yield seen
    seen.append(refusal_of(failed.value))
    assert seen[0].reason == reason
