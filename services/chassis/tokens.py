"""Access tokens, verified in every service again (RFC 8725; the gateway's check is not enough)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
from cachetools import TLRUCache
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.chassis.clock import Clock
from services.chassis.identity import Caller, Role, ServiceCaller, Tier
from services.chassis.revocations import Revocations
from services.chassis.token_text import StrictJwt, header_of
from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Region, Scope, ServiceScope
from services.kernel.revocation import Stamp

ALGORITHM = "RS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the name of a media type (RFC 9068)
ISSUER = "jira-analytics"
AUDIENCE = "jira-analytics-api"
# Of service tokens, which hold nowhere else.
INTERNAL_AUDIENCE = "jira-analytics-internal"
TEXTS = ("sub", "wid", "role", "tier", "region", "zoneinfo", "sid", "jti")
SERVICE_TEXTS = ("sub", "scope", "jti")
REGISTERED = ("exp", "iat", "nbf", "iss", "aud")
REQUIRED = [*REGISTERED, "ver", *TEXTS]
SERVICE_REQUIRED = [*REGISTERED, *SERVICE_TEXTS]
# The versions in `ver`: of the account, of the workspace, and of the membership.
VERSIONS = 3
LEEWAY_SECONDS = 5
LONGEST_TOKEN = 8192
CACHED_TOKENS = 50_000
_JWT = StrictJwt()


class KeySet(Protocol):
    """The public keys that sign access tokens now."""

    def find(self, key_id: str) -> RSAPublicKey | None:
        """Find a key by its id."""

    async def refresh(self) -> None:
        """Read the keys again, unless that was done a moment ago."""


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    key_id: str


class TokenVerifier:
    """Turns access tokens into callers; one once verified is known by its hash until it expires.

    Whether it was revoked, and whether its key is still published, is asked every time, also of one
    that is known.
    """

    def __init__(self, keys: KeySet, clock: Clock, revocations: Revocations) -> None:
        self._keys = keys
        self._clock = clock
        self._revocations = revocations
        self._verified: TLRUCache[bytes, _Known] = TLRUCache(
            maxsize=CACHED_TOKENS,
            ttu=lambda _key, known, _now: float(known.caller.expires + LEEWAY_SECONDS),
            timer=lambda: clock() / 1000,
        )

    async def verify(self, token: str) -> Caller:
        """Tell who a token is for; TokenInvalid where it does not hold in every respect.

        TokenStale where it did, and was revoked since.
        """
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None or self._keys.find(known.key_id) is None:
            caller = caller_of(await self._claims(token, AUDIENCE, REQUIRED))
            known = self._verified[digest] = _Known(caller, header_of(token)["kid"])
        self._revocations.check(known.caller)
        return known.caller

    async def verify_service(self, token: str) -> ServiceCaller:
        """Tell which service a service token is for; TokenInvalid where it does not hold."""
        return service_of(await self._claims(token, INTERNAL_AUDIENCE, SERVICE_REQUIRED))

    async def _claims(
        self, token: str, audience: str, required: Sequence[str]
    ) -> Mapping[str, Any]:
        """Give a token's claims once its signature holds, for this audience and at this time."""
        if len(token) > LONGEST_TOKEN:
            raise TokenInvalid("the access token is too long")
        try:
            key = await self._key_of(header_of(token))
            claims: Mapping[str, Any] = _JWT.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=audience,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": list(required),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "strict_aud": True,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as wrong:
            raise TokenInvalid("the access token does not hold") from wrong
        self._check_times(claims)
        return claims

    async def _key_of(self, header: Mapping[str, Any]) -> RSAPublicKey:
        key_id = header.get("kid")
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE:
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
    if not all(isinstance(claims.get(name), str) and claims[name] for name in TEXTS):
        raise TokenInvalid("the access token lacks a claim")
    try:
        return Caller(
            user_id=UserId(claims["sub"]),
            workspace_id=WorkspaceId(claims["wid"]),
            role=Role(claims["role"]),
            tier=Tier(claims["tier"]),
            region=Region(claims["region"]),
            time_zone=claims["zoneinfo"],
            session_id=claims["sid"],
            token_id=claims["jti"],
            expires=claims["exp"],
            stamps=_stamps_of(claims),
            scopes=_scopes_of(claims),
        )
    except ValueError as unknown:
        raise TokenInvalid("the access token holds a claim we do not know") from unknown


def service_of(claims: Mapping[str, Any]) -> ServiceCaller:
    """Read the claims of a service token whose signature holds; each must be of its type."""
    if not all(isinstance(claims.get(name), str) and claims[name] for name in SERVICE_TEXTS):
        raise TokenInvalid("the service token lacks a claim")
    try:
        scope = ServiceScope(claims["scope"])
    except ValueError as unknown:
        raise TokenInvalid("the service token's scope is one we do not know") from unknown
    return ServiceCaller(claims["sub"], scope, claims["jti"], claims["exp"])


def _stamps_of(claims: Mapping[str, Any]) -> tuple[Stamp, ...]:
    """Read by what a token can be revoked; ValueError where its versions are not such."""
    versions = claims["ver"]
    if not isinstance(versions, list) or [type(one) for one in versions] != [int] * VERSIONS:
        raise ValueError("ver")
    account, workspace, member = versions
    sub, wid = claims["sub"], claims["wid"]
    return ((claims["sid"], 0), (sub, account), (wid, workspace), (f"{wid}:{sub}", member))


def _scopes_of(claims: Mapping[str, Any]) -> frozenset[Scope] | None:
    """Read a machine's scopes (RFC 8693, section 4.2); ValueError where one is unknown."""
    if "scope" not in claims:
        return None
    return frozenset(Scope(name) for name in str(claims["scope"]).split())


Verify = Callable[[str], Awaitable[Caller]]
VerifyService = Callable[[str], Awaitable[ServiceCaller]]


async def refuse_services(_token: str) -> ServiceCaller:
    """Let no service in: for a process that serves none."""
    raise TokenInvalid("no service may call here")
