"""The step before a first start: a signing key is made, by one process and for all."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from services.auth.domain.sealed_key import FIRST_GENERATION, SealedKey


class Keys(Protocol):
    """Keeps signing keys."""

    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""

    async def add(self, key: SealedKey) -> None:
        """Keep a key, unless its generation is taken: then nothing is done."""


async def signing_keys(keys: Keys, make: Callable[[int], SealedKey]) -> list[SealedKey]:
    """Give the keys there are, after making the first one.

    Of two processes that start at once each makes one, and both use the one that was kept.
    """
    kept = await keys.all()
    if not kept:
        await keys.add(await asyncio.to_thread(make, FIRST_GENERATION))
        kept = await keys.all()
    return kept
