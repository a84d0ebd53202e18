"""Access tokens as auth makes them, and the parts that forgers make theirs of."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "the-key"
LEFT_OUT = object()
"""A claim's or a header's value that stands for its absence."""
Sign = Callable[[bytes], bytes]


class Mint:
    """A key pair, what is published of it, and tokens signed with it.

    `claims` are what its tokens say other than usual.
    """

    def __init__(
        self, private: rsa.RSAPrivateKey | None = None, key_id: str = KEY_ID, **claims: Any
    ) -> None:
        self.private = private or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_id = key_id
        self.claims = claims

    @property
    def jwks(self) -> bytes:
        """What auth serves at /.well-known/jwks.json."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return json.dumps(
            {"keys": [key | {"kid": self.key_id, "alg": "RS256", "use": "sig"}]}
        ).encode()

    @property
    def public_pem(self) -> bytes:
        """The public key, as a forger would use it for HS256."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def public_der(self) -> bytes:
        """The public key, as another forger would."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def header(self, **changes: Any) -> dict[str, Any]:
        """Give the header of a token of ours, changed; LEFT_OUT takes a name away."""
        return _present({"alg": "RS256", "typ": "at+jwt", "kid": self.key_id} | changes)

    def payload(self, **changes: Any) -> dict[str, Any]:
        """Give the claims of a token of ours, changed; LEFT_OUT takes one away."""
        return whole_claims({**self.claims, **changes})

    def token(self, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Sign a token that holds, but for the claims and headers that are given otherwise."""
        return self.signed("RS256", self.private, headers=headers, **claims)

    def signed(
        self, algorithm: str, key: Any, *, headers: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Sign a token with any algorithm and key."""
        stated = _present({"kid": self.key_id, "typ": "at+jwt"} | (headers or {}))
        return jwt.encode(self.payload(**claims), key, algorithm=algorithm, headers=stated)

    def forged(
        self,
        header: Mapping[str, Any] | bytes | None = None,
        payload: Mapping[str, Any] | bytes | None = None,
        sign: Sign | None = None,
    ) -> str:
        """Write a token by hand, signed by our key where nothing else is said.

        A library would refuse to make most of these.
        """
        parts = [self.header() if header is None else header]
        parts.append(self.payload() if payload is None else payload)
        signed = ".".join(base64url(part) for part in parts)
        return f"{signed}.{base64url((sign or self.rs256())(signed.encode()))}"

    def rs256(self) -> Sign:
        """Sign as auth does."""
        return lambda signed: jwt.get_algorithm_by_name("RS256").sign(signed, self.private)

    def tampered(self, token: str) -> str:
        """Give a token another subject and keep its signature."""
        header, _, signature = token.split(".")
        return f"{header}.{base64url(self.payload(sub='usr_2'))}.{signature}"


def hs256(secret: bytes) -> Sign:
    """Sign with a secret (RFC 8725, section 2.1: with the public key taken for one)."""
    return lambda signed: hmac.digest(secret, signed, hashlib.sha256)


def base64url(data: str | bytes | Mapping[str, Any]) -> str:
    """Write a part of a token."""
    text = json.dumps(data) if isinstance(data, Mapping) else data
    raw = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def whole_claims(changes: dict[str, Any]) -> dict[str, Any]:
    """Give every claim that auth gives, changed; LEFT_OUT takes one away."""
    now = int(time.time())
    claims = {
        "iss": "jira-analytics",
        "aud": "jira-analytics-api",
        "sub": "usr_1",
        "wid": "wsp_1",
        "role": "OWNER",
        "tier": "enterprise",
        "region": "eu",
        "zoneinfo": "UTC",
        "sid": "ses_1",
        "ver": [0, 0, 0],
        "iat": now,
        "nbf": now,
        "exp": now + 900,
        "jti": f"jti_{time.time_ns()}",
    }
    return _present(claims | changes)


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not LEFT_OUT}
