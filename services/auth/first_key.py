"""The step before a first start: a signing key is made, by one process and for all."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from services.auth.signing import KeyRing, Vault, make_key

FIRST_GENERATION = 1


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A signing key as it is kept; a generation is taken once."""

    generation: int
    key_id: str
    sealed: bytes = field(repr=False)


class Keys(Protocol):
    """Keeps signing keys."""

    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""

    async def add(self, key: SealedKey) -> None:
        """Keep a key, unless its generation is taken: then nothing is done."""


async def key_ring(keys: Keys, vault: Vault) -> KeyRing:
    """Give the keys there are, after making the first; KeyUnreadable with other master keys.

    Of two processes that start at once each makes one, and both use the one that was kept.
    """
    kept = await keys.all()
    if not kept:
        made = await asyncio.to_thread(make_key)
        await keys.add(SealedKey(FIRST_GENERATION, made.key_id, vault.seal(made)))
        kept = await keys.all()
    return KeyRing([vault.open(key.key_id, key.sealed) for key in kept])
