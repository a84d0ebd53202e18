"""Taking turns: who would change one document at once waits for the other, in this process.

Between processes the store sees to it, by having one of two transactions begin again; of thirty at
once most would begin again many times.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Turns by key; a key that nobody waits for takes no room."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait for this key's turn, and hold it."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield
