"""Signing keys: made once for all, kept encrypted, published without what is secret."""

import asyncio
import json
from dataclasses import replace

import jwt
import pytest
from cryptography.fernet import Fernet

from services.auth.domain.claims import access_claims
from services.auth.domain.sealed_key import SealedKey
from services.auth.keys.first_key import signing_keys
from services.auth.keys.signing import KeyRing, KeyUnreadable, SigningKey, Vault, make_key
from services.chassis.jwks import keys_of
from services.chassis.revocations import Revocations
from services.chassis.tokens import TokenVerifier
from services.kernel.errors import TokenInvalid
from tests.unit.auth_examples import NOW, membership

KEY, OTHER_KEY = make_key(), make_key()
OLD_MASTER, MASTER = Fernet.generate_key().decode(), Fernet.generate_key().decode()


class Shelf:
    """Keeps keys as the store does, giving others a turn before each answer."""

    def __init__(self) -> None:
        self.kept: dict[int, SealedKey] = {}

    async def all(self) -> list[SealedKey]:
        await asyncio.sleep(0)
        return [self.kept[generation] for generation in sorted(self.kept)]

    async def add(self, key: SealedKey) -> None:
        await asyncio.sleep(0)
        self.kept.setdefault(key.generation, key)


def opened(vault: Vault, key: SigningKey) -> SigningKey:
    return vault.open(vault.seal(key, 1))


async def key_ring(keys: Shelf, vault: Vault) -> KeyRing:
    return KeyRing([vault.open(key) for key in await signing_keys(keys, vault.make)])


def test_a_sealed_key_is_unreadable_and_opens_again() -> None:
    """What is kept shows nothing of the key, and opens to the same key."""
    vault = Vault([MASTER])
    assert b"PRIVATE" not in vault.seal(KEY, 1).sealed
    assert opened(vault, KEY).private.private_numbers() == KEY.private.private_numbers()


def test_an_old_master_key_still_opens_and_the_newest_seals() -> None:
    """Master keys rotate: the newest stands first, and older ones open what they sealed."""
    sealed = Vault([OLD_MASTER]).seal(KEY, 1)
    assert Vault([MASTER, OLD_MASTER]).open(sealed).key_id == KEY.key_id
    assert opened(Vault([MASTER]), KEY) is not None
    resealed = Vault([MASTER, OLD_MASTER]).seal(KEY, 1)
    assert Vault([MASTER]).open(resealed).key_id == KEY.key_id
    with pytest.raises(KeyUnreadable, match="no key of these opens"):
        Vault([MASTER]).open(sealed)


def test_a_key_in_anothers_place_is_refused() -> None:
    """A ciphertext moved to another key's row is seen for what it is."""
    vault = Vault([MASTER])
    with pytest.raises(KeyUnreadable, match="another key"):
        vault.open(replace(vault.seal(KEY, 1), key_id=OTHER_KEY.key_id))


async def test_nothing_secret_is_published_or_printed() -> None:
    """The key set holds six public members a key, and a key's repr holds no key."""
    published = await KeyRing([KEY, OTHER_KEY]).published()
    assert {name for entry in published["keys"] for name in entry} == {
        *("kty", "n", "e", "kid", "use", "alg"),
    }
    assert "rivate" not in repr(KEY)
    assert "sealed" not in repr(SealedKey(1, "k", b"sealed bytes"))
    json.dumps(published)


async def test_the_last_key_signs_and_each_holds() -> None:
    """A token of either key is verified by the ring; the newer one is in the header."""
    claims = access_claims(membership(), session_id="ses_1", token_id="tok_1", now=NOW)
    ring = KeyRing([KEY, OTHER_KEY])
    verify = TokenVerifier(ring, lambda: NOW, Revocations(lambda: NOW)).verify
    assert jwt.get_unverified_header(ring.sign(claims)) == {
        "alg": "RS256",
        "typ": "at+jwt",
        "kid": OTHER_KEY.key_id,
    }
    for signer in (ring, KeyRing([KEY])):
        assert (await verify(signer.sign(claims))).workspace_id == "wsp_1"
    with pytest.raises(TokenInvalid):
        await verify(KeyRing([make_key()]).sign(claims))


async def test_a_ring_that_can_sign_is_ready() -> None:
    """The readiness probe passes with a key that works."""
    await KeyRing([KEY]).check()


async def test_of_two_first_starts_one_wins() -> None:
    """Two processes that start at once on an empty store sign with one and the same key."""
    shelf, vault = Shelf(), Vault([MASTER])
    rings = await asyncio.gather(*(key_ring(shelf, vault) for _ in range(2)))
    sets = [keys_of(await ring.published()) for ring in rings]
    assert len(shelf.kept) == 1
    assert sets[0] == sets[1]
    assert list(sets[0]) == [shelf.kept[1].key_id]


async def test_a_second_start_makes_no_key() -> None:
    """The key of the first start is used again."""
    shelf, vault = Shelf(), Vault([MASTER])
    before = await (await key_ring(shelf, vault)).published()
    assert await (await key_ring(shelf, vault)).published() == before


async def test_a_start_with_other_master_keys_fails() -> None:
    """No new key is made when the old one cannot be read: that would hide a mistake."""
    shelf = Shelf()
    await key_ring(shelf, Vault([OLD_MASTER]))
    with pytest.raises(KeyUnreadable):
        await key_ring(shelf, Vault([MASTER]))
    assert len(shelf.kept) == 1
