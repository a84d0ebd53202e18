"""Signing keys: made once for all, kept encrypted, published without what is secret."""

import json
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from services.auth.domain.sealed_key import SealedKey
from services.auth.keys.signing import KeyUnreadable, SigningKey, Vault, make_key
from tests.unit.auth_examples import NOW

KEY, OTHER_KEY = make_key(), make_key()
OLD_MASTER, MASTER = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def kept(vault: Vault, key: SigningKey = KEY) -> SealedKey:
    return SealedKey(1, key.key_id, vault.seal(key), created=NOW, signs=NOW)


def opened(vault: Vault, key: SigningKey) -> SigningKey:
    return vault.open(kept(vault, key))


def test_a_sealed_key_is_unreadable_and_opens_again() -> None:
    """What is kept shows nothing of the key, and opens to the same key."""
    vault = Vault([MASTER])
    assert b"PRIVATE" not in vault.seal(KEY)
    assert opened(vault, KEY).private.private_numbers() == KEY.private.private_numbers()


def test_an_old_master_key_still_opens_and_the_newest_seals() -> None:
    """Master keys rotate: the newest stands first, and older ones open what they sealed."""
    sealed = kept(Vault([OLD_MASTER]))
    assert Vault([MASTER, OLD_MASTER]).open(sealed).key_id == KEY.key_id
    assert opened(Vault([MASTER]), KEY) is not None
    resealed = kept(Vault([MASTER, OLD_MASTER]))
    assert Vault([MASTER]).open(resealed).key_id == KEY.key_id
    with pytest.raises(KeyUnreadable, match="no key of these opens"):
        Vault([MASTER]).open(sealed)


def test_a_key_in_anothers_place_is_refused() -> None:
    """A ciphertext moved to another key's row is seen for what it is."""
    vault = Vault([MASTER])
    with pytest.raises(KeyUnreadable, match="another key"):
        vault.open(replace(kept(vault), key_id=OTHER_KEY.key_id))


def test_nothing_secret_is_published_or_printed() -> None:
    """A key is published with six public members, and its repr holds no key."""
    assert KEY.published.keys() == {"kty", "n", "e", "kid", "use", "alg"}
    assert "rivate" not in repr(KEY)
    assert "sealed bytes" not in repr(SealedKey(1, "k", b"sealed bytes", created=NOW, signs=NOW))
    json.dumps(KEY.published)


def test_a_key_has_2048_bits() -> None:
    """RSA of 2048 bits, as RS256 wants at least (RFC 7518, section 3.3)."""
    assert KEY.private.key_size == 2048
