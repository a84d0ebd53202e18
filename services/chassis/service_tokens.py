"""Service tokens: asked for once by all who wait, renewed before they expire."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from services.chassis.clock import Clock
from services.kernel.errors import ServiceUnavailable

# A token is renewed once it is half used up: auth may then be away for as long again.
RENEWED_AFTER: Final = 0.5
# After a failure nobody is asked for this long, doubled by each that follows.
FIRST_PAUSE_MILLISECONDS: Final = 100
LONGEST_PAUSE_MILLISECONDS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Issued:
    """A service token as it was given."""

    text: str = field(repr=False)
    expires_in_seconds: int


# Asks for a token, within a deadline of its own; ServiceUnavailable where it cannot be had.
Issue = Callable[[], Awaitable[Issued]]


@dataclass(slots=True)
class _Held:
    text: str
    renew_at: int
    expires: int


class ServiceTokens:
    """The token that this process calls other services with."""

    def __init__(
        self, issue: Issue, clock: Clock, *, jitter: Callable[[], float] = random.random
    ) -> None:
        self._issue = issue
        self._clock = clock
        self._jitter = jitter
        self._held: _Held | None = None
        self._asking: asyncio.Task[None] | None = None
        self._failures = 0
        self._not_before = 0

    async def token(self) -> str:
        """Give a token that holds; ServiceUnavailable where none can be had now.

        While the one that is held still holds, nobody waits for its successor's sake longer than
        for one answer, and a failure to get it is not heard of.
        """
        held = self._held
        if held is not None and self._clock() < held.renew_at:
            return held.text
        if self._asking is None and self._clock() >= self._not_before:
            self._asking = asyncio.create_task(self._renew())
        if self._asking is not None:
            await asyncio.shield(self._asking)
        held = self._held
        if held is None or self._clock() >= held.expires:
            raise ServiceUnavailable
        return held.text

    def drop(self, token: str) -> None:
        """Forget a token that was refused: whoever asks next gets another."""
        if self._held is not None and self._held.text == token:
            self._held = None

    async def _renew(self) -> None:
        """Ask for a token; where there is none, let nobody ask for a while."""
        try:
            issued = await self._issue()
        except ServiceUnavailable:
            self._failures += 1
            pause = FIRST_PAUSE_MILLISECONDS * 2 ** min(self._failures - 1, 10)
            longest = min(pause, LONGEST_PAUSE_MILLISECONDS)
            self._not_before = self._clock() + int(longest * (0.5 + self._jitter() / 2))
        else:
            self._failures, self._not_before = 0, 0
            now, lives = self._clock(), issued.expires_in_seconds * 1000
            self._held = _Held(issued.text, now + int(lives * RENEWED_AFTER), now + lives)
        finally:
            self._asking = None
