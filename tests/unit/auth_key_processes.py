"""Processes of auth that share a shelf of signing keys, on a clock that tests move."""

import asyncio
from dataclasses import dataclass, field, replace

import jwt

from services.auth.domain.claims import access_claims
from services.auth.domain.key_schedule import Rule
from services.auth.domain.sealed_key import SealedKey
from services.auth.keys.ring import KeyRing
from services.auth.keys.rotate import RotateKeys
from services.auth.keys.signing import KeyUnreadable, SigningKey, make_key
from services.auth.keys.tending import Tending
from services.kernel.audit import AuditEvent
from services.kernel.errors import StoreUnavailable
from tests.unit.auth_examples import NOW, membership

SECOND, DAY = 1000, 24 * 60 * 60 * 1000
RULE = Rule(notice=600 * SECOND, rotation=30 * DAY)
POOL = {key.key_id: key for key in (make_key() for _ in range(6))}


@dataclass
class Clock:
    """A clock that stands until it is moved; in milliseconds."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Shelf:
    """Keeps keys as the store does, giving others a turn before each answer."""

    kept: dict[int, SealedKey] = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list)
    away: bool = False

    async def all(self) -> list[SealedKey]:
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable
        return [self.kept[generation] for generation in sorted(self.kept)]

    async def add(self, key: SealedKey, *events: AuditEvent) -> None:
        await asyncio.sleep(0)
        if key.generation not in self.kept:
            self.kept[key.generation] = key
            self.events += events

    async def forget(self, generation: int) -> None:
        self.kept[generation] = replace(self.kept[generation], sealed=b"")


@dataclass
class Process:
    """One process of auth: what it holds and what it does every few seconds."""

    shelf: Shelf
    clock: Clock

    def __post_init__(self) -> None:
        self.pool = iter(POOL.values())
        self.opened: list[str] = []
        self.ring = KeyRing(self.shelf, self, RULE, self.clock)
        self.rotate = RotateKeys(self.shelf, self.make, RULE, self.clock)
        self.tend = Tending(self.shelf, self.rotate, RULE, self.clock)

    def make(self) -> tuple[str, bytes]:
        taken = {key.key_id for key in self.shelf.kept.values()}
        key = next(key for key in self.pool if key.key_id not in taken)
        return key.key_id, b"sealed"

    def open(self, kept: SealedKey) -> SigningKey:
        self.opened.append(kept.key_id)
        if not kept.sealed:
            raise KeyUnreadable(kept.key_id)
        return POOL[kept.key_id]

    async def look(self) -> None:
        await self.tend()
        await self.ring.read()

    def token(self) -> str:
        claims = access_claims(membership(), session_id="ses_1", token_id="tok_1", now=self.clock())
        return self.ring.sign(claims)

    async def published(self) -> list[str]:
        return [entry["kid"] for entry in (await self.ring.published())["keys"]]


def signer(text: str) -> str:
    return str(jwt.get_unverified_header(text)["kid"])
