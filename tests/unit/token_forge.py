"""Access tokens written by hand, good and forged."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.chassis.revocations import Revocations
from services.chassis.tokens import TokenVerifier
from services.kernel.errors import TokenInvalid

NOW = 1_800_000_000
KEY = rsa.generate_private_key(65537, 2048)
FOREIGN_KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
HEADER: dict[str, Any] = {"alg": "RS256", "typ": "at+jwt", "kid": "k1"}
CLAIMS: dict[str, Any] = {
    "iss": "jira-analytics",
    "aud": "jira-analytics-api",
    "sub": "usr_1",
    "wid": "wsp_1",
    "role": "MEMBER",
    "tier": "pro",
    "region": "eu",
    "zoneinfo": "Europe/Berlin",
    "sid": "ses_1",
    "ver": [0, 0, 0],
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "jti": "tok_1",
}
Sign = Callable[[bytes], bytes]


class OneKey:
    """A key set of one key, which counts how often it is read again."""

    def __init__(self) -> None:
        self.refreshed = 0

    def find(self, key_id: str) -> rsa.RSAPublicKey | None:
        return KEY.public_key() if key_id == "k1" else None

    async def refresh(self) -> None:
        self.refreshed += 1


class Clock:
    """A clock that stands until it is moved; in seconds."""

    def __init__(self, seconds: float = NOW) -> None:
        self.seconds = seconds

    def __call__(self) -> int:
        return int(self.seconds * 1000)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def joined(header: bytes, claims: bytes, sign: Sign) -> str:
    """Write a token by hand: a library would refuse to make most of these."""
    signed = f"{base64url(header)}.{base64url(claims)}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


def rs256(key: rsa.RSAPrivateKey = KEY) -> Sign:
    return lambda signed: jwt.get_algorithm_by_name("RS256").sign(signed, key)


def hs256(secret: bytes) -> Sign:
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


def token(
    header: Mapping[str, Any] = HEADER, claims: Mapping[str, Any] = CLAIMS, sign: Sign | None = None
) -> str:
    return joined(json.dumps(header).encode(), json.dumps(claims).encode(), sign or rs256())


def without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def verifier(keys: OneKey | None = None, clock: Clock | None = None) -> TokenVerifier:
    told = clock or Clock()
    return TokenVerifier(keys or OneKey(), told, Revocations(told))


async def refused(text: str, *, clock: Clock | None = None) -> None:
    with pytest.raises(TokenInvalid):
        await verifier(clock=clock).verify(text)
