"""Builds the methods RotateKeys, and what each process does about the keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.auth.keys.ring import KeyRing
from services.auth.keys.rotate import RotateKeys
from services.auth.keys.signing import Vault
from services.auth.keys.tending import Tending, repeated
from services.auth.kit import Kit
from services.auth.servicers.signing_keys import SigningKeyMethods
from services.auth.settings import KeySettings, MasterSettings, split_keys
from services.auth.store.keys import KeyStore
from services.chassis.clock import Clock
from services.chassis.mongo import Database


def methods(kit: Kit) -> SigningKeyMethods:
    """Build them."""
    settings = kit.settings
    return SigningKeyMethods(
        rotation(kit.database, settings.master, settings.keys, kit.clock), kit.clock
    )


def rotation(
    database: Database, master: MasterSettings, keys: KeySettings, clock: Clock
) -> RotateKeys:
    """Build what makes the next key."""
    return RotateKeys(KeyStore(database), Vault(split_keys(master.keys)).make, keys.rule, clock)


@asynccontextmanager
async def key_ring(
    database: Database, master: MasterSettings, keys: KeySettings, clock: Clock
) -> AsyncIterator[KeyRing]:
    """Give the keys, read every few seconds until left; KeyUnreadable at the start."""
    store = KeyStore(database)
    ring = KeyRing(store, Vault(split_keys(master.keys)), keys.rule, clock)
    tend = Tending(store, rotation(database, master, keys, clock), keys.rule, clock)

    async def look() -> None:
        await tend()
        await ring.read()

    async with repeated(look, keys.read_seconds):
        yield ring
