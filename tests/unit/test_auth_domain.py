"""The rules of accounts, sessions and claims."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.domain.claims import access_claims
from services.auth.domain.email import parse_email
from services.auth.domain.session import (
    GRACE_MILLISECONDS,
    SESSION_MILLISECONDS,
    RefreshToken,
    Trade,
    Verdict,
    child_of,
    digest_of,
    judge,
)
from services.chassis import tokens as verified
from services.kernel.errors import InvalidField
from services.kernel.membership import Role, Tier
from tests.unit.auth_examples import NOW, USER, WORKSPACE, beginning, membership


def first() -> RefreshToken:
    return beginning().token


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("a@example.com", "a@example.com"),
        ("  A.B+c@Example.COM\n", "a.b+c@example.com"),
        ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ("a@xn--mnchen-3ya.de", "a@münchen.de"),
        ("a@MÜNCHEN.de", "a@münchen.de"),
        ("a@mu\u0308nchen.de", "a@münchen.de"),
        ("a@例え.jp", "a@例え.jp"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def test_an_address_has_one_spelling(written: str, normal: str) -> None:
    """Case and surrounding space do not make another account."""
    assert parse_email(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "",
        "@",
        "a@",
        "@example.com",
        "example.com",
        "a@localhost",
        "a@host.local",
        "a@[127.0.0.1]",
        "Name <a@example.com>",
        "a@münchen\u2024de",
        "a@xn--.de",
        "ä@example.com",
        "a@example..com",
        "a@-example.com",
        "a@example.com-",
        "a b@example.com",
        ".a@example.com",
        "a..b@example.com",
        "a@b@example.com",
        "a@example.com\x00",
        "a@example.com, b@example.com",
        "a@example.com\nbcc: b@example.com",
        "\u0430@example.com",
        '"a"@example.com',
        "{$gt: ''}",
        "x" * 65 + "@example.com",
        "a@" + "x" * 64 + ".com",
        "a@" + ".".join(["x" * 60] * 5) + ".com",
    ],
)
def test_what_mail_cannot_reach_is_no_address(written: str) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidField, match=r"^email: ") as refused:
        parse_email(written)
    assert refused.value.metadata == {"field": "email"}


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """No text makes the parser fail otherwise, and a parsed address parses to itself."""
    try:
        email = parse_email(text)
    except InvalidField:
        return
    assert parse_email(email) == email


def test_a_newcomer_owns_their_workspace() -> None:
    """The account signs in to the workspace it was made with, as its owner, in the tier asked."""
    made = membership(Tier.PRO)
    assert made.account.workspace_id == made.workspace.workspace_id == WORKSPACE
    assert (made.role, made.workspace.tier) == (Role.OWNER, Tier.PRO)


def test_claims_are_those_of_the_contract() -> None:
    """All claims, to the second, for a known membership and moment."""
    assert access_claims(membership(), session_id="ses_1", token_id="tok_1", now=NOW) == {
        "iss": verified.ISSUER,
        "aud": verified.AUDIENCE,
        "sub": "usr_1",
        "wid": "wsp_1",
        "role": "OWNER",
        "tier": "free",
        "region": "eu",
        "zoneinfo": "Europe/Berlin",
        "sid": "ses_1",
        "ver": [0, 0, 0],
        "iat": 1_800_000_000,
        "nbf": 1_800_000_000,
        "exp": 1_800_000_900,
        "jti": "tok_1",
    }


def test_secrets_are_not_shown() -> None:
    """Printing an account shows neither its password nor the hash of it."""
    assert "secret" not in repr(membership())


def test_a_refresh_token_is_kept_by_its_digest() -> None:
    """What is kept holds nothing of the token's text but its SHA-256."""
    kept = first()
    assert kept.digest == "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"
    assert kept.digest == digest_of("text")


def test_a_session_lasts_seven_days() -> None:
    """Its token is good to the last millisecond of the seventh day and expired at the next."""
    kept = first()
    ends = NOW + 7 * 24 * 3600 * 1000
    assert kept.expires == NOW + SESSION_MILLISECONDS == ends
    assert judge(kept, now=ends - 1) is Verdict.GOOD
    assert judge(kept, now=ends) is Verdict.EXPIRED


def test_a_child_does_not_outlive_its_session() -> None:
    """It belongs to the same session, ends with it, and is unspent."""
    spent = replace(first(), trade=Trade(digest_of("child"), NOW))
    child = child_of(spent, "child")
    assert child.session_id == "ses_1"
    assert (child.user_id, child.workspace_id) == (USER, WORKSPACE)
    assert child.expires == first().expires
    assert child.digest == digest_of("child")
    assert not child.used


def spent() -> RefreshToken:
    return replace(first(), trade=Trade(digest_of("child"), NOW))


def test_a_spent_token_is_worth_its_child_for_ten_seconds() -> None:
    """To the millisecond, also by a clock that is behind, and only until its child is used."""
    for later in (-2000, 0, GRACE_MILLISECONDS):
        assert judge(spent(), now=NOW + later) is Verdict.AGAIN
        assert judge(spent(), child_used=True, now=NOW + later) is Verdict.SPENT
    assert judge(spent(), now=NOW + GRACE_MILLISECONDS + 1) is Verdict.SPENT


def test_a_spent_token_is_an_alarm_even_when_expired() -> None:
    """Reuse is seen for as long as the token is remembered."""
    assert judge(spent(), now=NOW + SESSION_MILLISECONDS) is Verdict.SPENT
    just_before = replace(spent(), expires=NOW + 1)
    assert judge(just_before, now=NOW + 1) is Verdict.EXPIRED
