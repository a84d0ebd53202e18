"""Tokens that our key signed and that say something wrong, or too little (S2)."""

import time
from typing import Any

from tests.edge.minting import LEFT_OUT, Mint
from tests.forgeries.rows import PASSES, Forgery

# What Envoy wants to be right; everything else the services judge.
REGISTERED = {"iss": 401, "aud": 403, "exp": 401}
# It reads these too (RFC 7519, section 4.1), where they are there.
TYPED: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("sub", "jti"), (str,)),
    **dict.fromkeys(("nbf", "iat"), (int,)),
    "aud": (str, list),
}
# Five seconds are granted; one more is for the way of a test's call.
OVER_SKEW = 7


def _says(name: str, value: object, gateway: int | None = None) -> Forgery:
    shown = "missing" if value is LEFT_OUT else f"{value!r:.40}"
    answer = _gateway(name, value) if gateway is None else gateway
    return Forgery(
        f"{name} {shown}", lambda mint: mint.forged(payload=mint.payload(**{name: value})), answer
    )


def _gateway(name: str, value: object) -> int:
    """Tell what Envoy answers to a claim that is missing or of a wrong kind."""
    typed = name in TYPED and value is not LEFT_OUT
    if typed and (isinstance(value, bool) or not isinstance(value, TYPED[name])):
        return 401
    return REGISTERED.get(name, PASSES)


def _at(name: str, seconds: int) -> Forgery:
    """Put an instant so many seconds from now."""

    def make(mint: Mint) -> str:
        changes: dict[str, Any] = {name: int(time.time()) + seconds}
        return mint.token(**changes)

    gateway = PASSES if name == "iat" else 401
    return Forgery(f"{name} {seconds:+d} s", make, gateway)


TEXTS = ("sub", "wid", "role", "tier", "region", "zoneinfo", "sid", "jti")
NAMES = ("iss", "aud", "exp", "nbf", "iat", "ver", *TEXTS)
WRONG_TEXTS: tuple[object, ...] = ("", 1, None, True, ["x"], {"$gt": ""})
WRONG_VERSIONS: tuple[object, ...] = (
    *(None, 0, "0,0,0", [], [0, 0], [0, 0, 0, 0]),
    *(["0", 0, 0], [True, 0, 0]),
)
WRONG_AUDIENCES: tuple[object, ...] = (
    *("someone-else", "jira-analytics-internal", ""),
    *(None, 1, {}, []),
)
WRONG_ISSUERS: tuple[object, ...] = ("someone-else", "", ["jira-analytics"], 1, None)
WRONG_TIMES: tuple[object, ...] = ("tomorrow", [1], {}, True, None)

CLAIMS: tuple[Forgery, ...] = (
    *(_says(name, LEFT_OUT) for name in NAMES),
    *(_says(name, value) for name in TEXTS for value in WRONG_TEXTS),
    *(_says(name, value) for name in ("exp", "nbf", "iat") for value in WRONG_TIMES),
    _at("exp", -OVER_SKEW),
    _at("exp", -30),
    _at("exp", -86_400),
    _at("nbf", OVER_SKEW),
    _at("nbf", 60),
    _at("iat", OVER_SKEW),
    _at("iat", 60),
    *(_says("exp", value) for value in (-1, 0, 1.5)),
    *(_says("iss", value) for value in WRONG_ISSUERS),
    *(_says("aud", value) for value in WRONG_AUDIENCES),
    _says("aud", ["jira-analytics-api"], PASSES),
    _says("aud", ["jira-analytics-api", "another"], PASSES),
    *(_says("role", value) for value in ("owner", "ROOT", "OPERATOR")),
    *(_says("tier", value) for value in ("unlimited", "PRO")),
    _says("region", "moon"),
    *(_says("ver", value) for value in WRONG_VERSIONS),
    _says("scope", "root"),
    _says("scope", "internal"),
)
