"""The step before signing in or up: of a crowd one comes in at a time and holds nobody up."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

# Reading a request and refusing it costs half of a millisecond: five hundred at once would be a
# quarter of a second in which the loop does nothing else.
PAUSE_SECONDS: Final = 0.004
# Of a crowd that would not be through by then the rest is let in as it comes, to be refused inside.
LONGEST_SECONDS: Final = 4.0


class Door:
    """Lets those who come alone in at once, and a crowd one after the other, a pause between."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free = 0.0

    async def enter(self) -> None:
        """Wait for the turn to come in."""
        now = self._clock()
        turn = max(self._free, now)
        if turn - now > LONGEST_SECONDS:
            return
        self._free = turn + PAUSE_SECONDS
        if turn > now:
            await asyncio.sleep(turn - now)
