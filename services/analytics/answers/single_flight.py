"""One computation for all who ask the same at the same time."""

import asyncio
import contextvars

from services.analytics.answers import Answer, Answers
from services.analytics.domain.question import Asked


class SingleFlight:
    """Lets the first caller start a flight that the others join.

    A flight belongs to no caller: it goes on when one hangs up, and it has nobody's deadline, since
    it runs in the context in which the process was built.
    """

    def __init__(self, inner: Answers) -> None:
        self._inner = inner
        self._context = contextvars.copy_context()
        self._flights: dict[str, asyncio.Task[Answer]] = {}

    async def answer(self, asked: Asked) -> Answer:
        """Join the flight for this answer, or start it."""
        flight = self._flights.get(asked.key)
        if flight is None:
            flight = asyncio.create_task(
                self._fly(asked), context=self._context.copy(), name=asked.key
            )
            self._flights[asked.key] = flight
            flight.add_done_callback(_heard)
        return await asyncio.shield(flight)

    async def _fly(self, asked: Asked) -> Answer:
        try:
            return await self._inner.answer(asked)
        finally:
            del self._flights[asked.key]


def _heard(flight: asyncio.Task[Answer]) -> None:
    """Take note of a failure that nobody waited for: it was each caller's to report."""
    if not flight.cancelled():
        flight.exception()
