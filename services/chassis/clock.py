"""The clock, as an argument: whoever needs the time is given a Clock."""

import time
from collections.abc import Callable

# Gives the present instant: UTC, whole milliseconds since 1970.
Clock = Callable[[], int]


def system_clock() -> int:
    """Tell the present instant by this machine's clock."""
    return time.time_ns() // 1_000_000
