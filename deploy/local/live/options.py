"""What the environment says about the live part of the demo."""

import math
import os
from dataclasses import dataclass

from deploy.local.options import CannotStart

SECONDS = 60.0
# Two days of this history are some ten events: about what the gateway lets in of one connection.
DAYS_PER_SECOND = 2.0


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How long it is shown, and how fast history goes on: days of it in a second."""

    seconds: float = SECONDS
    days_per_second: float = DAYS_PER_SECOND


def live_from_environment() -> LiveOptions | None:
    """Read LIVE, LIVE_SECONDS and LIVE_DAYS; None where it is not asked for."""
    if os.environ.get("LIVE", "") in {"", "0"}:
        return None
    return LiveOptions(_number("LIVE_SECONDS", SECONDS), _number("LIVE_DAYS", DAYS_PER_SECOND))


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "") or str(default)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise CannotStart(f"{name} is {text!r}: set it to a number above 0")
    return number
