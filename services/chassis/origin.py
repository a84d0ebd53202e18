"""Where the present call came from; read only where somebody asks."""

from contextvars import ContextVar
from typing import Any

import grpc

from services.kernel.origin import LONGEST_DEVICE, NOWHERE, Origin, prefix_of

Context = grpc.aio.ServicerContext[Any, Any]

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
        trace_id=[*said.get("traceparent", "").split("-"), ""][1],
    )
