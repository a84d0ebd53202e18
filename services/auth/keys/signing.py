"""The keys that sign access tokens (RFC 7517, RFC 7518): RSA of 2048 bits, RS256."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

from services.auth.domain.sealed_key import SealedKey
from services.chassis.tokens import ALGORITHM

KEY_BITS = 2048
PUBLIC_EXPONENT = 65537


class KeyUnreadable(Exception):
    """A stored key cannot be decrypted with the master keys, or is not the one it says it is."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and the id it is known by, the thumbprint of its public part (RFC 7638)."""

    key_id: str
    private: rsa.RSAPrivateKey = field(repr=False)
    public: rsa.RSAPublicKey = field(repr=False)

    @property
    def published(self) -> dict[str, Any]:
        """The public part as it stands in a key set."""
        shown = RSAAlgorithm.to_jwk(self.public, as_dict=True)
        plain = {name: shown[name] for name in ("kty", "n", "e")}
        return {**plain, "kid": self.key_id, "use": "sig", "alg": ALGORITHM}


def make_key() -> SigningKey:
    """Make a key; it takes a moment of a whole core."""
    private = rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS)
    public = private.public_key()
    return SigningKey(thumbprint(public), private, public)


def thumbprint(public: rsa.RSAPublicKey) -> str:
    """Tell a public key's thumbprint (RFC 7638, section 3)."""
    shown = RSAAlgorithm.to_jwk(public, as_dict=True)
    members = {name: shown[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return base64url_encode(sha256(canonical.encode()).digest()).decode()


class Vault:
    """Encrypts private keys; the first master key encrypts, each may decrypt."""

    def __init__(self, master_keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in master_keys])

    def make(self) -> tuple[str, bytes]:
        """Make a key: its id, and all of it encrypted; it takes a moment of a whole core."""
        key = make_key()
        return key.key_id, self.seal(key)

    def seal(self, key: SigningKey) -> bytes:
        """Encrypt a key."""
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self._fernet.encrypt(pem)

    def open(self, kept: SealedKey) -> SigningKey:
        """Decrypt a key; KeyUnreadable unless it is the key of its id."""
        try:
            private = load_pem_private_key(self._fernet.decrypt(kept.sealed), password=None)
        except (InvalidToken, ValueError) as unreadable:
            raise KeyUnreadable(f"no key of these opens signing key {kept.key_id}") from unreadable
        if (
            not isinstance(private, rsa.RSAPrivateKey)
            or thumbprint(private.public_key()) != kept.key_id
        ):
            raise KeyUnreadable(f"what is stored as signing key {kept.key_id} is another key")
        return SigningKey(kept.key_id, private, private.public_key())
