"""What use cases that end tokens do last."""

from collections.abc import Awaitable
from typing import Protocol

from services.kernel.revocation import Revocation


class Tell(Protocol):
    """Tells every process of revocations that are true in the database by now; never fails."""

    def __call__(self, *revocations: Revocation) -> Awaitable[None]:
        """Spread the news."""
