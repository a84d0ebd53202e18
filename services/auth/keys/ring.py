"""The signing keys as one process holds them, from its last reading until its next."""

import asyncio
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from services.auth.domain.claims import Claims
from services.auth.domain.key_schedule import Rule, gone_from, published, signing
from services.auth.domain.sealed_key import SealedKey
from services.auth.keys.signing import SigningKey
from services.chassis.clock import Clock
from services.chassis.tokens import ALGORITHM, TOKEN_TYPE
from services.kernel.ids import Instant

# A token that names an unknown key may make us look again, but not more often than this.
LEAST_INTERVAL_MILLISECONDS = 2000


class Kept(Protocol):
    """Keeps signing keys."""

    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""


class Opener(Protocol):
    """Decrypts signing keys."""

    def open(self, kept: SealedKey) -> SigningKey:
        """Decrypt a key; KeyUnreadable."""


class KeyRing:
    """Signs with the key whose time it is, and verifies by each one that is published.

    Which those are is asked of the clock at each use, so that processes change by themselves.
    """

    def __init__(self, kept: Kept, opener: Opener, rule: Rule, clock: Clock) -> None:
        self._store = kept
        self._opener = opener
        self._rule = rule
        self._clock = clock
        self._kept: list[SealedKey] = []
        self._open: dict[str, SigningKey] = {}
        self._ends: dict[str, Instant | None] = {}
        self._read_at = 0
        self._looked_at = 0

    async def read(self) -> None:
        """Read the keys; one that was opened before is not opened again. KeyUnreadable."""
        now = self._clock()
        kept = await self._store.all()
        opened: dict[str, SigningKey] = {}
        for key in published(kept, now=now):
            known = self._open.get(key.key_id)
            if known is None:
                known = await asyncio.to_thread(self._opener.open, key)
            opened[key.key_id] = known
        self._kept, self._open, self._read_at = kept, opened, now
        self._ends = gone_from(kept)

    def sign(self, claims: Claims) -> str:
        """Make an access token of claims (RFC 9068)."""
        key = self._open[signing(self._kept, now=self._clock()).key_id]
        headers = {"typ": TOKEN_TYPE, "kid": key.key_id}
        return jwt.encode(dict(claims), key.private, ALGORITHM, headers=headers)

    def find(self, key_id: str) -> rsa.RSAPublicKey | None:
        """Find the public part of a key that is published, by its id."""
        key, ends = self._open.get(key_id), self._ends.get(key_id)
        is_gone = ends is not None and self._clock() >= ends
        return None if key is None or is_gone else key.public

    async def refresh(self) -> None:
        """Read the keys again, unless that was done or tried a moment ago."""
        if self._clock() - max(self._read_at, self._looked_at) >= LEAST_INTERVAL_MILLISECONDS:
            self._looked_at = self._clock()
            await self.read()

    async def published(self) -> dict[str, Any]:
        """Give the key set (RFC 7517, section 5): public parts only, the newest last."""
        shown = published(self._kept, now=self._clock())
        return {"keys": [self._open[key.key_id].published for key in shown]}

    async def check(self) -> None:
        """Raise unless a token can be signed and holds, and the keys were read not long ago.

        Who has not read for half a notice may miss the key that signs next, and would go on signing
        with one that others take for gone.
        """
        if self._clock() - self._read_at > self._rule.notice / 2:
            raise RuntimeError("the signing keys could not be read for a while")
        key = self._open[signing(self._kept, now=self._clock()).key_id]
        jwt.decode(self.sign({"sub": "ready"}), key.public, algorithms=[ALGORITHM])
