"""Turns whatever goes wrong in a call into an answer the caller may see.

Bare grpc.aio would send an exception's text, with whatever it holds, to the caller.
"""

import secrets
from types import TracebackType
from typing import Final, NoReturn

import grpc
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from services.chassis.layers import Context, Method
from services.kernel.errors import ProductError

DOMAIN: Final = "jira-analytics"
RETRY_AFTER: Final = "retry_after_seconds"
DETAILS_KEY: Final = "grpc-status-details-bin"
# Some name twenty connections; a trailer that is too long would be answered by gRPC itself.
LONGEST: Final = 1500
logger = structlog.get_logger()


def sendable(text: str) -> str:
    """Make a text one that can be sent, whatever it quotes: UTF-8, and not too long."""
    return text[:LONGEST].encode("utf-8", "replace").decode()


async def _refuse(
    context: Context, code: grpc.StatusCode, said: str, *, reason: str, **metadata: str
) -> NoReturn:
    message = sendable(said)
    detail = AnyMessage()
    detail.Pack(ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata))
    status = Status(code=code.value[0], message=message, details=[detail])
    trailers: list[tuple[str, str | bytes]] = [(DETAILS_KEY, status.SerializeToString())]
    if RETRY_AFTER in metadata:
        # Over REST this is the header (RFC 9110, section 10.2.3): the gateway lets it through.
        trailers.append(("retry-after", metadata[RETRY_AFTER]))
    await context.abort(code, message, tuple(trailers))


class Failures:
    """The layer that lets no exception through but gRPC's own."""

    __slots__ = ("_context", "_method")

    def __init__(self, method: Method, context: Context) -> None:
        self._method = method
        self._context = context

    async def __aenter__(self) -> None:
        """Nothing can have failed yet."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Answer an error of ours as it is, and any other as INTERNAL with an id to find it by."""
        if error is None or isinstance(error, grpc.aio.AbortError):
            return
        if isinstance(error, ProductError):
            self._note_cause(error)
            code = grpc.StatusCode[error.status]
            await _refuse(self._context, code, error.message, reason=error.reason, **error.metadata)
        if isinstance(error, TimeoutError):
            code, said = grpc.StatusCode.DEADLINE_EXCEEDED, "the time given was not enough"
            await _refuse(self._context, code, said, reason="DEADLINE_EXCEEDED")
        if isinstance(error, Exception):
            await self._internal(error)

    def _note_cause(self, error: ProductError) -> None:
        """Log what a store or a service that is away had to say; callers do not hear it."""
        if error.status == grpc.StatusCode.UNAVAILABLE.name and error.__cause__ is not None:
            logger.warning(
                "no answer could be had",
                endpoint=self._method.path,
                reason=error.reason,
                cause=repr(error.__cause__),
            )

    async def _internal(self, error: Exception) -> None:
        correlation_id = secrets.token_hex(8)
        logger.error(
            "unexpected error",
            endpoint=self._method.path,
            correlation_id=correlation_id,
            exc_info=error,
        )
        await _refuse(
            self._context,
            grpc.StatusCode.INTERNAL,
            "internal error",
            reason="INTERNAL",
            correlation_id=correlation_id,
        )
