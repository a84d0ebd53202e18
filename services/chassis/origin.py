"""Where the present call came from; read only where somebody asks."""

import re
from contextvars import ContextVar
from typing import Any, Final

import grpc

from services.kernel.origin import LONGEST_DEVICE, NOWHERE, Origin, prefix_of

Context = grpc.aio.ServicerContext[Any, Any]

# Anybody may write what they like there, and this is kept.
TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

_present: ContextVar[Context | None] = ContextVar("origin", default=None)


def note(context: Context) -> None:
    """Note which call is present."""
    _present.set(context)


def origin() -> Origin:
    """Tell where the present call came from.

    The address is the one that the gateway met: it is the last that the gateway's own
    `x-forwarded-for` names, whatever a client wrote there before.
    """
    context = _present.get()
    return NOWHERE if context is None else origin_of(context)


def origin_of(context: Context) -> Origin:
    """Read where a call came from out of its metadata."""
    said = {
        key: value
        for key, value in context.invocation_metadata() or ()
        if isinstance(value, str) and key in {"x-forwarded-for", "user-agent", "traceparent"}
    }
    return Origin(
        address_prefix=prefix_of(said.get("x-forwarded-for", "").rpartition(",")[2]),
        device="".join(c for c in said.get("user-agent", "") if c.isprintable())[:LONGEST_DEVICE],
        trace_id=_trace_of(said.get("traceparent", "")),
    )


def _trace_of(traceparent: str) -> str:
    """Read the id of a trace (W3C); empty where a caller says something else."""
    said = TRACEPARENT.match(traceparent)
    return said[1] if said else ""
