"""Ending a key: at once for tokens to come, within the bound for those it was traded for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.revocation import ended
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant
from services.kernel.revocation import Revocation


class Keys(Protocol):
    """Keeps API keys."""

    async def revoke(
        self, actor: Actor, key_id: str, event: AuditEvent, revocation: Revocation
    ) -> None:
        """End a key of the actor's workspace and its tokens; NotFound, TokenStale."""


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """The use case, with what it needs."""

    keys: Keys
    tell: Callable[..., Awaitable[None]]
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, key_id: str) -> None:
        """End a key of the actor's workspace; NotFound."""
        now = self.clock()
        revocation = ended(key_id, now=now)
        done = event(actor, "api_key.revoke", now=now, target_id=key_id)
        await self.keys.revoke(actor, key_id, done, revocation)
        await self.tell(revocation)
