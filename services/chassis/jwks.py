"""The keys that sign access tokens, read from auth's JSON Web Key Set (RFC 7517)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from services.chassis.clock import Clock
from services.chassis.settings import Jwks
from services.chassis.stopping import stopped

# A token that names an unknown key may make us look again, but not more often than this.
LEAST_INTERVAL_MILLISECONDS = 2000
FETCH_SECONDS = 2.0
# What reading raises where the answer is some other JSON, or none.
# Reads the key set, wherever it is published.
Read = Callable[[], Awaitable[Any]]
AWAY = (aiohttp.ClientError, TimeoutError, OSError)
NO_KEY_SET = (ValueError, KeyError, TypeError, AttributeError)
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
    """The key set as last read; what was read stays until something else was."""

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._read_at = 0
        self._reading = asyncio.Lock()

    def find(self, key_id: str) -> RSAPublicKey | None:
        """Find a key by its id."""
        return self._keys.get(key_id)

    async def refresh(self) -> None:
        """Read the set again, unless that was done a moment ago."""
        async with self._reading:
            if self._clock() - self._read_at < LEAST_INTERVAL_MILLISECONDS:
                return
            self._read_at = self._clock()
            try:
                self._keys = keys_of(await self._read())
            except (*AWAY, PyJWTError, *NO_KEY_SET) as error:
                logger.warning(
                    "the key set cannot be read", error=f"{type(error).__name__}: {error}"
                )

    async def check(self) -> None:
        """Raise unless some key is known: without one no caller can be told."""
        if not self._keys:
            await self.refresh()
        if not self._keys:
            raise RuntimeError("no signing key is known yet")


async def _keep_fresh(keys: PublishedKeys, seconds: float) -> None:
    while True:
        await keys.refresh()
        await asyncio.sleep(seconds)


@asynccontextmanager
async def published_keys(settings: Jwks, clock: Clock) -> AsyncIterator[PublishedKeys]:
    """Read the key set now and from time to time."""
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http:

        async def read() -> Any:  # noqa: ANN401 - JSON
            async with http.get(settings.url) as answer:
                return await answer.json()

        keys = PublishedKeys(read, clock)
        task = asyncio.create_task(_keep_fresh(keys, settings.refresh_seconds))
        try:
            yield keys
        finally:
            await stopped(task)
