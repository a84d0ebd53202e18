"""Measures every call, and logs the few that are worth a line.

The line of a successful read is the gateway's access log; here is logged what is slow or wrong.
"""

import functools
import time
from types import TracebackType

import grpc
import structlog

from services.chassis.layers import Context, Layer, Method
from services.chassis.telemetry import CALL_SECONDS, CALLS

logger = structlog.get_logger()
SERVERS_FAULT = frozenset(
    {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}
)
# gRPC gives a status back as it was set: by its own core as a number, by `abort` as a StatusCode.
_CODES: dict[object, grpc.StatusCode] = {
    **{code.value[0]: code for code in grpc.StatusCode},
    **{code: code for code in grpc.StatusCode},
}


def trace_id(context: Context) -> str:
    """Take the trace's id from the call's W3C `traceparent`; empty where there is none."""
    for key, value in context.invocation_metadata() or ():
        if key == "traceparent" and isinstance(value, str):
            return [*value.split("-"), ""][1]
    return ""


def _code(context: Context, error: BaseException) -> grpc.StatusCode:
    """Tell how a call ended that did not end well; whoever hangs up raises no Exception."""
    if isinstance(error, Exception):
        return _CODES.get(context.code(), grpc.StatusCode.UNKNOWN)
    return grpc.StatusCode.CANCELLED


class _Meter:
    """A method's measures, found once."""

    __slots__ = ("names", "path", "seconds", "slow_seconds", "succeeded")

    def __init__(self, method: Method, slow_milliseconds: float) -> None:
        self.names = (method.service, method.descriptor.name)
        self.path = method.path
        self.seconds = CALL_SECONDS.labels(*self.names)
        self.succeeded = CALLS.labels(*self.names, grpc.StatusCode.OK.name)
        # A stream is open for as long as somebody watches: that is not slow.
        streams = method.descriptor.server_streaming
        self.slow_seconds = float("inf") if streams else slow_milliseconds / 1000


class _Observed:
    """One call under observation."""

    __slots__ = ("_began", "_context", "_meter")

    def __init__(self, meter: _Meter, context: Context) -> None:
        self._meter = meter
        self._context = context

    async def __aenter__(self) -> None:
        self._began = time.perf_counter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took = time.perf_counter() - self._began
        self._meter.seconds.observe(took)
        if error is None:
            self._meter.succeeded.inc()
            if took > self._meter.slow_seconds:
                self._log("slow call", took)
            return
        code = _code(self._context, error)
        CALLS.labels(*self._meter.names, code.name).inc()
        if code in SERVERS_FAULT:
            self._log("failed call", took)

    def _log(self, message: str, took: float) -> None:
        logger.warning(
            message,
            endpoint=self._meter.path,
            latency_ms=round(took * 1000, 1),
            trace_id=trace_id(self._context),
        )


def observation(slow_milliseconds: float) -> Layer:
    """Make the layer that measures; calls over `slow_milliseconds` are logged."""
    return lambda method: functools.partial(_Observed, _Meter(method, slow_milliseconds))
