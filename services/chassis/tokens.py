"""Access tokens, verified in every service again (RFC 8725; the gateway's check is not enough)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import jwt
from cachetools import TLRUCache
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.chassis.clock import Clock
from services.chassis.identity import Caller, Role, Tier
from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId

ALGORITHM = "RS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the name of a media type (RFC 9068)
ISSUER = "jira-analytics"
AUDIENCE = "jira-analytics-api"
REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "wid", "role", "tier", "zoneinfo"]
LEEWAY_SECONDS = 5
LONGEST_TOKEN = 8192
CACHED_TOKENS = 50_000


class KeySet(Protocol):
    """The public keys that sign access tokens now."""

    def find(self, key_id: str) -> RSAPublicKey | None:
        """Find a key by its id."""

    async def refresh(self) -> None:
        """Read the keys again, unless that was done a moment ago."""


class TokenVerifier:
    """Turns access tokens into callers; one once verified is known by its hash until it expires."""

    def __init__(self, keys: KeySet, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._verified: TLRUCache[bytes, Caller] = TLRUCache(
            maxsize=CACHED_TOKENS,
            ttu=lambda _key, caller, _now: float(caller.expires + LEEWAY_SECONDS),
            timer=lambda: clock() / 1000,
        )

    async def verify(self, token: str) -> Caller:
        """Tell who a token is for; TokenInvalid where it does not hold in every respect."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None:
            return known
        caller = await self._verify(token)
        self._verified[digest] = caller
        return caller

    async def _verify(self, token: str) -> Caller:
        if len(token) > LONGEST_TOKEN:
            raise TokenInvalid("the access token is too long")
        try:
            key = await self._key_of(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": REQUIRED,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "strict_aud": True,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as wrong:
            raise TokenInvalid("the access token does not hold") from wrong
        self._check_times(claims)
        return caller_of(claims)

    async def _key_of(self, header: Mapping[str, Any]) -> RSAPublicKey:
        key_id = header.get("kid")
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE or "crit" in header:
            raise TokenInvalid("the access token is not of the kind we sign")
        if not isinstance(key_id, str):
            raise TokenInvalid("the access token names no key")
        key = self._keys.find(key_id)
        if key is None:
            await self._keys.refresh()
            key = self._keys.find(key_id)
        if key is None:
            raise TokenInvalid("the access token is signed by a key we do not know")
        return key

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        """Hold exp, nbf and iat against our clock, 5 seconds either way."""
        now = self._clock() / 1000
        times = [claims[name] for name in ("exp", "nbf", "iat")]
        if not all(type(value) is int for value in times):
            raise TokenInvalid("the access token's times are not whole seconds")
        expires, not_before, issued = times
        if now >= expires + LEEWAY_SECONDS:
            raise TokenInvalid("the access token has expired: refresh it")
        if now < max(not_before, issued) - LEEWAY_SECONDS:
            raise TokenInvalid("the access token is not valid yet")


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """Read the claims of a token whose signature holds; each must be of its type."""
    texts = {name: claims.get(name) for name in ("sub", "wid", "role", "tier", "zoneinfo", "jti")}
    if not all(isinstance(value, str) and value for value in texts.values()):
        raise TokenInvalid("the access token lacks a claim")
    try:
        return Caller(
            user_id=UserId(claims["sub"]),
            workspace_id=WorkspaceId(claims["wid"]),
            role=Role(claims["role"]),
            tier=Tier(claims["tier"]),
            time_zone=claims["zoneinfo"],
            token_id=claims["jti"],
            expires=claims["exp"],
        )
    except ValueError as unknown:
        raise TokenInvalid("the access token holds a claim we do not know") from unknown


Verify = Callable[[str], Awaitable[Caller]]
