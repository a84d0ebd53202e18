"""Calls to other services of the product: each with a service token and a deadline."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, TypeVar

import grpc
import structlog
from google.protobuf.message import Message

from jira_analytics.auth.v1.internal_pb2 import IssueServiceTokenRequest
from jira_analytics.auth.v1.internal_pb2_grpc import InternalServiceStub
from services.chassis import deadline
from services.chassis.clock import Clock, system_clock
from services.chassis.service_tokens import Issue, Issued, ServiceTokens
from services.chassis.settings import Auth, Client
from services.kernel.errors import ServiceUnavailable

T = TypeVar("T")

ISSUE_SECONDS: Final = 3.0
CALL_SECONDS: Final = 10.0
OPTIONS: Final[tuple[tuple[str, Any], ...]] = (
    ("grpc.keepalive_time_ms", 60_000),
    # A list of revocations may be long, and is of no use unless it is whole.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    # A service that was started again is found within seconds, not minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)
logger = structlog.get_logger()


class ServiceCalls:
    """What calls to other services go out with."""

    def __init__(self, tokens: ServiceTokens) -> None:
        self._tokens = tokens

    async def __call__(
        self,
        method: Callable[..., Awaitable[T]],
        request: Message,
        *,
        seconds: float = CALL_SECONDS,
    ) -> T:
        """Call a method of a stub; ServiceUnavailable where no answer is had in time.

        A token that is refused is asked for anew, once: auth may have other keys by now.
        """
        for last in (False, True):
            token = await self._tokens.token()
            try:
                return await method(
                    request,
                    metadata=(("authorization", f"Bearer {token}"),),
                    timeout=deadline.remaining(seconds),
                )
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.UNAUTHENTICATED and not last:
                    self._tokens.drop(token)
                    continue
                logger.warning(
                    "a service does not answer", code=error.code().name, problem=error.details()
                )
                raise ServiceUnavailable from error
        raise ServiceUnavailable


@asynccontextmanager
async def service_channel(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel to a service, at host:port; nothing is sent until something is asked."""
    async with grpc.aio.insecure_channel(address, options=OPTIONS) as channel:
        yield channel


def issued_by(auth: grpc.aio.Channel, client: Client) -> Issue:
    """Ask auth for tokens with a client's credential."""
    stub: Any = InternalServiceStub(auth)
    request = IssueServiceTokenRequest(
        client_id=client.id, client_secret=client.secret.get_secret_value()
    )

    async def issue() -> Issued:
        try:
            given = await stub.IssueServiceToken(request, timeout=ISSUE_SECONDS)
        except grpc.aio.AioRpcError as error:
            logger.warning(
                "no service token",
                code=error.code().name,
                problem=error.details(),
                client=client.id,
            )
            raise ServiceUnavailable from error
        return Issued(given.access_token, given.expires_in)

    return issue


@asynccontextmanager
async def calling(
    auth: Auth, client: Client, clock: Clock = system_clock
) -> AsyncIterator[tuple[ServiceCalls, grpc.aio.Channel]]:
    """Give what calls to services go out with, and the channel to auth."""
    async with AsyncExitStack() as opened:
        channel = await opened.enter_async_context(service_channel(auth.address))
        yield ServiceCalls(ServiceTokens(issued_by(channel, client), clock)), channel
