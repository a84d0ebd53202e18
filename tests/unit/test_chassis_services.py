"""Calls between services: whose tokens open what, whatever else they say."""

from typing import Any

import pytest
from grpc import StatusCode

from tests.unit.service_calls_example import calls
from tests.unit.token_forge import CLAIMS, NOW, token, without

OPEN = StatusCode.OK
SERVICE: dict[str, Any] = {
    **{name: CLAIMS[name] for name in ("iss", "iat", "nbf", "jti")},
    "aud": "jira-analytics-internal",
    "sub": "svc_sync",
    "scope": "internal",
    "exp": NOW + 600,
}
OPERATOR = {**SERVICE, "sub": "svc_operator", "scope": "operator"}
# Every claim of a person's token, for the audience of services.
BOTH = {**CLAIMS, **SERVICE}


async def test_a_service_token_opens_what_is_for_services() -> None:
    """INTERNAL methods take the scope "internal", and learn which service calls."""
    async with calls() as call:
        assert await call("INTERNAL", token(claims=SERVICE)) is OPEN
        assert call.served.called_by == ["svc_sync"]


async def test_an_operators_token_opens_what_is_for_operators() -> None:
    """OPERATOR methods take the scope "operator"; neither scope does the other's work."""
    async with calls() as call:
        assert await call("OPERATOR", token(claims=OPERATOR)) is OPEN
        assert await call("OPERATOR", token(claims=SERVICE)) is StatusCode.PERMISSION_DENIED
        assert await call("INTERNAL", token(claims=OPERATOR)) is StatusCode.PERMISSION_DENIED
        assert call.served.called_by == ["svc_operator"]


@pytest.mark.parametrize("level", ["INTERNAL", "OPERATOR"])
@pytest.mark.parametrize("role", ["VIEWER", "OWNER"])
async def test_no_person_may_call_what_is_for_services(level: str, role: str) -> None:
    """Whatever the role: a person's token is for another audience."""
    async with calls() as call:
        held = token(claims={**CLAIMS, "role": role})
        assert await call("VIEWER", held) is OPEN
        assert await call(level, held) is StatusCode.UNAUTHENTICATED
        assert call.served.called_by == []


@pytest.mark.parametrize("level", ["INTERNAL", "OPERATOR"])
@pytest.mark.parametrize("scope", ["internal", "operator", "sync:admin"])
async def test_no_machine_may_call_what_is_for_services(level: str, scope: str) -> None:
    """A token for the product's users opens nothing of services, whatever its scope says."""
    async with calls() as call:
        held = token(claims={**CLAIMS, "scope": scope})
        assert await call(level, held) is StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("claims", [SERVICE, OPERATOR, BOTH, {**BOTH, "role": "OWNER"}])
async def test_a_service_token_opens_nothing_of_people(claims: dict[str, Any]) -> None:
    """Not even one that says all that a person's says."""
    async with calls() as call:
        assert await call("VIEWER", token(claims=claims)) is StatusCode.UNAUTHENTICATED


WRONG: dict[str, dict[str, Any]] = {
    **{f"no {name}": without(SERVICE, name) for name in SERVICE},
    "two audiences": {**SERVICE, "aud": ["jira-analytics-internal", "jira-analytics-api"]},
    "expired": {**SERVICE, "exp": NOW - 6},
    "not yet valid": {**SERVICE, "nbf": NOW + 6},
    "issued later": {**SERVICE, "iat": NOW + 6},
    "another issuer": {**SERVICE, "iss": "somebody"},
    "both scopes": {**SERVICE, "scope": "internal operator"},
    "scope as a list": {**SERVICE, "scope": ["internal"]},
    "no subject": {**SERVICE, "sub": ""},
    "exp as text": {**SERVICE, "exp": "tomorrow"},
}


@pytest.mark.parametrize("name", WRONG)
async def test_every_claim_of_a_service_token_is_needed(name: str) -> None:
    """Each is there and of its type, or nothing opens."""
    async with calls() as call:
        held = token(claims=WRONG[name])
        assert await call("INTERNAL", held) is StatusCode.UNAUTHENTICATED
        assert call.served.called_by == []


async def test_a_service_token_is_signed_as_every_token() -> None:
    """Unsigned, or by another algorithm: nothing opens."""
    async with calls() as call:
        forged = token(header={"alg": "none", "typ": "at+jwt"}, claims=SERVICE, sign=lambda _: b"")
        assert await call("INTERNAL", forged) is StatusCode.UNAUTHENTICATED
        assert await call("INTERNAL", "") is StatusCode.UNAUTHENTICATED
