"""bcrypt, on a few threads: it takes a core for a fifth of a second, and lets the loop go on."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Self, TypeVar

import bcrypt

from services.auth.domain.account import PasswordHash
from services.auth.domain.password import LONGEST_BYTES
from services.auth.settings import PasswordSettings
from services.kernel.errors import Overloaded

BCRYPT = "bcrypt"
NO_PASSWORD = b"no account has this password"
NICENESS = 10
T = TypeVar("T")


class Passwords:
    """Hashes and checks passwords; there are as many places as threads and waiting callers."""

    def __init__(self, settings: PasswordSettings) -> None:
        threads = settings.threads or max((os.cpu_count() or 1) - 1, 1)
        self._cost = settings.cost
        self._most = threads + settings.waiting
        self._present = 0
        # One more than threads: its reads are done when a thread is free.
        self._turns = asyncio.Semaphore(threads + 1)
        self._threads = ThreadPoolExecutor(
            threads, thread_name_prefix="bcrypt", initializer=yield_to_others
        )
        # What a password is held against where there is no account: it costs the same.
        self._dummy = bcrypt.hashpw(NO_PASSWORD, bcrypt.gensalt(self._cost))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of the places while a password is dealt with; Overloaded where none is left.

        Whoever comes in vain costs neither a bcrypt nor a read; work whose caller left in the queue
        is not begun. Who has a place waits in it for a turn, before anything is read: a flood
        reaches the store as slowly as the threads.
        """
        if self._present >= self._most:
            raise Overloaded
        self._present += 1
        try:
            async with self._turns:
                yield
        finally:
            self._present -= 1

    async def hash(self, password: str) -> PasswordHash:
        """Hash a password of at most 72 bytes."""
        salt = bcrypt.gensalt(self._cost)
        hashed = await self._run(lambda: bcrypt.hashpw(password.encode(), salt))
        return PasswordHash(BCRYPT, hashed.decode())

    async def matches(self, password: str, kept: PasswordHash | None) -> bool:
        """Tell whether a password is the one kept; every answer that says no costs one bcrypt.

        None stands for no account; a password longer than bcrypt reads belongs to none either.
        """
        shown = password.encode()
        possible = kept is not None and kept.scheme == BCRYPT and len(shown) <= LONGEST_BYTES
        against = kept.text.encode() if possible and kept else self._dummy
        asked = shown if possible else NO_PASSWORD
        return await self._run(lambda: self._check(asked, against)) and possible

    async def renewed(self, password: str, kept: PasswordHash) -> PasswordHash | None:
        """Hash a password anew that is kept at a lower cost than today's; else None."""
        return await self.hash(password) if cost_of(kept.text.encode()) < self._cost else None

    def _check(self, asked: bytes, against: bytes) -> bool:
        """Check on a thread; a no of a cheaper hash is made to cost what today's cost."""
        if bcrypt.checkpw(asked, against):
            return True
        # The costs k, k + 1, …, n - 1 after k: together as much as n.
        for cost in range(cost_of(against), self._cost):
            bcrypt.hashpw(NO_PASSWORD, bcrypt.gensalt(cost))
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """End the threads; what waits is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def yield_to_others() -> None:
    """Let the present thread have what the loop's leaves of a core, where the system can."""
    if hasattr(os, "setpriority") and sys.platform == "linux":
        # There a thread has a niceness of its own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def cost_of(hashed: bytes) -> int:
    """Read the cost out of a hash, "$2b$12$…"."""
    return int(hashed.split(b"$")[2])
