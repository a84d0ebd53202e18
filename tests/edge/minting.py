"""Access tokens as auth makes them, and as forgers would."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "the-key"
LEFT_OUT = object()
"""A claim's or a header's value that stands for its absence."""


class Mint:
    """A key pair, what is published of it, and tokens signed with it."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def jwks(self) -> bytes:
        """What auth serves at /.well-known/jwks.json."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return json.dumps({"keys": [key | {"kid": KEY_ID, "alg": "RS256", "use": "sig"}]}).encode()

    @property
    def public_pem(self) -> bytes:
        """The public key, as a forger would use it for HS256."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(self, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Sign a token that holds, but for the claims and headers that are given otherwise."""
        return self.signed("RS256", self.private, headers=headers, **claims)

    def signed(
        self, algorithm: str, key: Any, *, headers: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Sign a token with any algorithm and key."""
        stated = _present({"kid": KEY_ID, "typ": "at+jwt"} | (headers or {}))
        return jwt.encode(whole_claims(claims), key, algorithm=algorithm, headers=stated)

    def unsigned(self, algorithm: str) -> str:
        """Forge a token that says it needs no signature."""
        return f"{_signed_part({'alg': algorithm, 'kid': KEY_ID})}."

    def hmac_with_public_key(self) -> str:
        """Forge a token whose HS256 secret is the public key (RFC 8725, section 2.1)."""
        signed = _signed_part({"alg": "HS256", "kid": KEY_ID})
        digest = hmac.digest(self.public_pem, signed.encode(), hashlib.sha256)
        return f"{signed}.{_base64url(digest)}"

    def tampered(self, token: str) -> str:
        """Give a token another subject and keep its signature."""
        header, _, signature = token.split(".")
        return f"{header}.{_base64url(json.dumps(whole_claims({'sub': 'usr_2'})))}.{signature}"


def _signed_part(header: dict[str, Any]) -> str:
    return f"{_base64url(json.dumps(header))}.{_base64url(json.dumps(whole_claims({})))}"


def _base64url(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def whole_claims(changes: dict[str, Any]) -> dict[str, Any]:
    """Give every claim that auth gives, changed; LEFT_OUT takes one away."""
    now = int(time.time())
    claims = {
        "iss": "jira-analytics",
        "aud": "jira-analytics-api",
        "sub": "usr_1",
        "wid": "wsp_1",
        "role": "owner",
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
