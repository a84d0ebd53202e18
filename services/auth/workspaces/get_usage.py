"""Telling operators how much is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.usage import Usage
from services.kernel.ids import Instant


class Counts(Protocol):
    """Counts what is kept."""

    async def count(self, *, now: Instant) -> Usage:
        """Count what is there now."""


@dataclass(frozen=True, slots=True)
class GetUsage:
    """The use case, with what it needs."""

    counts: Counts
    clock: Callable[[], Instant]

    async def __call__(self) -> Usage:
        """Count."""
        return await self.counts.count(now=self.clock())
