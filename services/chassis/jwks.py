"""The keys that sign access tokens, read from auth's JSON Web Key Set (RFC 7517)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK

from services.chassis.clock import Clock
from services.chassis.settings import Jwks
from services.chassis.stopping import beside, stopped
from services.kernel.ids import Instant

# A token that names an unknown key may make us look again, but not more often than this.
LEAST_INTERVAL_MILLISECONDS = 2000
FETCH_SECONDS = 2.0
# Reads the key set, wherever it is published.
Read = Callable[[], Awaitable[Any]]
logger = structlog.get_logger()


def keys_of(document: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    """Read a key set's RSA signing keys; an id that stands twice in it names no key."""
    keys: dict[str, RSAPublicKey] = {}
    seen: set[str] = set()
    for entry in document["keys"]:
        key_id = entry.get("kid")
        if not isinstance(key_id, str) or entry.get("kty") != "RSA" or entry.get("use") != "sig":
            continue
        if key_id in seen:
            keys.pop(key_id, None)
            continue
        seen.add(key_id)
        key = PyJWK(entry, algorithm="RS256").key
        if isinstance(key, RSAPublicKey):
            keys[key_id] = key
    return keys


class PublishedKeys:
    """The key set as last read; where it cannot be read again its keys hold for `held_seconds`.

    A reading belongs to no caller: all who want one at a time share it, and it goes on when one of
    them hangs up.
    """

    def __init__(self, read: Read, clock: Clock, *, held_seconds: float) -> None:
        self._read = read
        self._clock = clock
        self._held = int(held_seconds * 1000)
        self._keys: dict[str, RSAPublicKey] = {}
        self._hold_until: Instant = 0
        self._looked_at: Instant | None = None
        self._reading: asyncio.Task[None] | None = None

    def find(self, key_id: str) -> RSAPublicKey | None:
        """Find a key by its id."""
        return self._keys.get(key_id) if self._clock() < self._hold_until else None

    async def refresh(self) -> None:
        """Read the set again, unless that was done a moment ago."""
        if self._reading is None and self._was_a_moment_ago():
            return
        await self.read()

    async def read(self) -> None:
        """Read the set now, or wait for who does."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._look())
        await asyncio.shield(self._reading)

    async def check(self) -> None:
        """Raise unless some key holds: without one no caller can be told."""
        if not self._holds():
            await self.refresh()
        if not self._holds():
            raise RuntimeError("no signing key is known: the key set cannot be read")

    async def end(self) -> None:
        """End a reading that is under way."""
        if self._reading is not None:
            await stopped(self._reading)

    def _holds(self) -> bool:
        return bool(self._keys) and self._clock() < self._hold_until

    def _was_a_moment_ago(self) -> bool:
        last = self._looked_at
        return last is not None and self._clock() - last < LEAST_INTERVAL_MILLISECONDS

    async def _look(self) -> None:
        began = self._clock()
        try:
            self._keys = keys_of(await self._read())
            self._hold_until = began + self._held
        except Exception as error:  # noqa: BLE001 - whatever it is, the next reading must come
            logger.warning("the key set cannot be read", error=f"{type(error).__name__}: {error}")
        finally:
            self._looked_at = self._clock()
            self._reading = None


async def _keep_fresh(keys: PublishedKeys, seconds: float) -> None:
    while True:
        await keys.read()
        await asyncio.sleep(seconds)


@asynccontextmanager
async def published_keys(settings: Jwks, clock: Clock) -> AsyncIterator[PublishedKeys]:
    """Read the key set now and from time to time."""
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http:

        async def read() -> Any:  # noqa: ANN401 - JSON
            async with http.get(settings.url) as answer:
                return await answer.json()

        keys = PublishedKeys(read, clock, held_seconds=settings.held_seconds)
        try:
            async with beside(_keep_fresh(keys, settings.refresh_seconds)):
                yield keys
        finally:
            await keys.end()
