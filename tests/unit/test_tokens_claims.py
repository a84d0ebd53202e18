"""Which claims make an access token hold, and until when."""

import pytest

from services.chassis.identity import Caller, Role, Tier
from services.chassis.tokens import LEEWAY_SECONDS
from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Region
from tests.unit.token_forge import (
    CLAIMS,
    FOREIGN_KEY,
    NOW,
    Clock,
    refused,
    rs256,
    token,
    verifier,
    without,
)


async def test_a_token_of_ours_tells_who_calls() -> None:
    """Every claim of a good token arrives in the caller."""
    assert await verifier().verify(token()) == Caller(
        user_id=UserId("usr_1"),
        workspace_id=WorkspaceId("wsp_1"),
        role=Role.MEMBER,
        tier=Tier.PRO,
        region=Region.EU,
        time_zone="Europe/Berlin",
        session_id="ses_1",
        token_id="tok_1",
        expires=NOW + 900,
        stamps=(("ses_1", 0), ("usr_1", 0), ("wsp_1", 0), ("wsp_1:usr_1", 0)),
    )


@pytest.mark.parametrize("name", list(CLAIMS))
async def test_every_claim_is_needed(name: str) -> None:
    """A token without any one of the claims is refused."""
    await refused(token(claims=without(CLAIMS, name)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aud", "jira-analytics-internal"),
        ("aud", ["jira-analytics-api", "another"]),
        ("aud", ["jira-analytics-api"]),
        ("aud", ""),
        ("iss", "https://jira-analytics"),
        ("iss", ["jira-analytics"]),
        ("iss", ""),
        ("sub", ""),
        ("sub", 1),
        ("sub", None),
        ("wid", ""),
        ("wid", ["wsp_1"]),
        ("role", "owner"),
        ("role", ["OWNER"]),
        ("role", {"$gt": ""}),
        ("tier", ["enterprise"]),
        ("tier", "unlimited"),
        ("tier", "PRO"),
        ("tier", True),
        ("zoneinfo", 1),
        ("jti", ""),
        ("exp", str(NOW + 900)),
        ("exp", NOW + 900.5),
        ("exp", True),
        ("exp", None),
        ("exp", -1),
        ("exp", 1e400),
        ("iat", "now"),
        ("nbf", [NOW]),
    ],
)
async def test_a_claim_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    """A claim must be of its type and, where we know all values, one of them."""
    await refused(token(claims={**CLAIMS, name: value}))


async def test_expiry_is_to_the_second() -> None:
    """A token holds until five seconds after `exp`, and not at them."""
    ends = NOW + 900 + LEEWAY_SECONDS
    held = await verifier(clock=Clock(ends - 1)).verify(token())
    assert held.expires == NOW + 900
    await verifier(clock=Clock(ends - 0.001)).verify(token())
    await refused(token(), clock=Clock(ends))
    await refused(token(), clock=Clock(ends + 1))


@pytest.mark.parametrize("name", ["iat", "nbf"])
async def test_the_future_is_refused_to_the_second(name: str) -> None:
    """A token from more than five seconds ahead is refused; at five it holds."""
    clock = Clock()
    ahead = {**CLAIMS, name: NOW + LEEWAY_SECONDS}
    await verifier(clock=clock).verify(token(claims=ahead))
    await refused(token(claims={**CLAIMS, name: NOW + LEEWAY_SECONDS + 1}), clock=clock)


async def test_a_known_token_ends_when_it_ends() -> None:
    """A token that was verified before is refused once it has expired, not later."""
    clock = Clock()
    verifying = verifier(clock=clock)
    text = token()
    first = await verifying.verify(text)
    clock.seconds = NOW + 900 + LEEWAY_SECONDS - 0.001
    assert await verifying.verify(text) is first, "it should have been known by its hash"
    clock.seconds = NOW + 900 + LEEWAY_SECONDS
    with pytest.raises(TokenInvalid):
        await verifying.verify(text)


async def test_a_refused_token_is_not_remembered_as_good() -> None:
    """The same forged token is refused again and again."""
    verifying = verifier()
    for _ in range(3):
        with pytest.raises(TokenInvalid):
            await verifying.verify(token(sign=rs256(FOREIGN_KEY)))
