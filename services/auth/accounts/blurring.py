"""What is left of a difference in time, once both ways do the same work, is lost in this.

A store finds a document a fifth of a millisecond later than it finds none. A refusal waits so much
longer than that, and never twice the same, that as many tries as are heard from a network in a year
would not show it.
"""

import asyncio
import secrets
from typing import Final

LONGEST_SECONDS: Final = 0.025
_chance = secrets.SystemRandom()


async def blur() -> None:
    """Wait for a moment that nobody can foretell."""
    await asyncio.sleep(_chance.uniform(0.0, LONGEST_SECONDS))
