"""Rotation: the next key is made and published, by one process and for all; it signs later."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.key_schedule import Rule, is_rotating, successor
from services.auth.domain.sealed_key import SealedKey
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant

# Makes a key: gives its id, and all of it encrypted; it takes a moment of a whole core.
Make = Callable[[], tuple[str, bytes]]


class Keys(Protocol):
    """Keeps signing keys."""

    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""

    async def add(self, key: SealedKey, *events: AuditEvent) -> None:
        """Keep a key, unless its generation is taken: then nothing is done."""


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """The use case, with what it needs."""

    keys: Keys
    make: Make
    rule: Rule
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor) -> list[SealedKey]:
        """Give all keys, after making the next one, unless one waits for its time already.

        Of two processes that rotate at once each makes one, and both use the one that was kept.
        """
        kept = await self.keys.all()
        if kept and is_rotating(kept, now=self.clock()):
            return kept
        key_id, sealed = await asyncio.to_thread(self.make)
        # It is published once it is kept: the time that making it took is no notice.
        made = successor(kept, key_id, sealed, self.rule, now=self.clock())
        rotated = event(actor, "key.rotate", now=made.created, target_id=key_id)
        await self.keys.add(made, rotated)
        return await self.keys.all()
