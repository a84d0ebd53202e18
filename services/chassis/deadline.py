"""How long the present call may still take; it goes with the call into every store."""

import time
from contextvars import ContextVar

# A call that brought no deadline gets this one.
DEFAULT_SECONDS = 15.0
# Kept back for the way home, so that the caller hears of a slow store and not of silence.
MARGIN_SECONDS = 0.05

_ends: ContextVar[float | None] = ContextVar("deadline", default=None)


def begin(seconds: float | None) -> None:
    """Note when the present call must be answered: `seconds` from now, where it said so."""
    _ends.set(time.monotonic() + (DEFAULT_SECONDS if seconds is None else seconds))


def remaining(ceiling: float) -> float:
    """Tell how many seconds a store may take: what is left of the call, `ceiling` at most."""
    ends = _ends.get()
    if ends is None:
        return ceiling
    return max(min(ceiling, ends - time.monotonic() - MARGIN_SECONDS), 0.001)
