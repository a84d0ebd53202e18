"""Ending a key: at once for tokens to come, within the bound for those it was traded for.

Keys that were made by it end with it: whoever stole it may have made them.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.api_key import ApiKey
from services.auth.domain.revocation import ended
from services.kernel.audit import Actor
from services.kernel.ids import Instant


class Keys(Protocol):
    """Keeps API keys."""

    async def revoke(self, actor: Actor, key_id: str, *, now: Instant) -> Sequence[ApiKey]:
        """End a key of the actor's workspace, and all that it made; NotFound, TokenStale."""


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """The use case, with what it needs."""

    keys: Keys
    tell: Callable[..., Awaitable[None]]
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, key_id: str) -> None:
        """End a key of the actor's workspace, and all that were made by it; NotFound."""
        now = self.clock()
        keys = await self.keys.revoke(actor, key_id, now=now)
        await self.tell(*(ended(key.key_id, now=now) for key in keys))
