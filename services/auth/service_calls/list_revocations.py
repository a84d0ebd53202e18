"""Telling other services what was revoked while access tokens that say otherwise still live."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.kernel.ids import Instant
from services.kernel.revocation import Revocation

# As long as the store keeps them: what is older cannot count any more.
OLDEST_MILLISECONDS: Final = 20 * 60 * 1000


class Revoked(Protocol):
    """Finds revocations."""

    async def since(self, instant: Instant) -> list[Revocation]:
        """Give what was revoked from an instant on, in no order."""


@dataclass(frozen=True, slots=True)
class ListRevocations:
    """The use case, with what it needs."""

    revoked: Revoked
    clock: Callable[[], Instant]

    async def __call__(self, since: Instant | None) -> Sequence[Revocation]:
        """Give what was revoked from an instant on, or all that may still count."""
        oldest = self.clock() - OLDEST_MILLISECONDS
        return await self.revoked.since(oldest if since is None else max(since, oldest))
