"""Which passwords people may choose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jira_analytics.auth.v1 import auth_pb2
from services.auth.accounts.commonest_passwords import commonest_passwords
from services.auth.domain.password import check_length, check_strength, is_common
from services.auth.requests.signing_in import sign_up_of
from services.kernel.errors import InvalidField

ABOUT = ("john.doe", "example", "Acme GmbH")
# 18 characters of four bytes each; no two are alike, and they are no run.
KEYS = "".join(chr(0x1F510 + number * number) for number in range(18))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "tractor-violet-9",
        "x7#Kq9!vL2@m",
        "the7#Kq9!vL2@m",
        "846203957120",
        "twelve\x00chars",
        "株式会社は美しい東京タワーです",
        "acme-purple-tractor",
        "kq9vl2m" * 10 + "zz",
        KEYS,
    ],
)
def test_passwords_of_twelve_characters_to_72_bytes_are_taken(password: str) -> None:
    """Characters are counted below, bytes above; several words are a passphrase."""
    check_strength(password, commonest_passwords(), about=ABOUT)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", "needed"),
        ("x7#Kq9!vL2@", "12 characters"),
        (KEYS[:11], "12 characters"),
        ("kq9vl2m" * 10 + "zzz", "72 bytes"),
        (KEYS + "x", "72 bytes"),
        ("x" + KEYS, "72 bytes"),
        ("kq9vl2m" * 10 + "zé", "72 bytes"),
        ("kq9vl2m" * 9 + "zzzzzz" + KEYS[0], "72 bytes"),
    ],
)
def test_other_passwords_are_refused_by_what_is_wrong(password: str, problem: str) -> None:
    """The refusal names the field and the limit, and does not repeat the password."""
    with pytest.raises(InvalidField, match=problem) as refused:
        check_strength(password, commonest_passwords())
    assert refused.value.metadata == {"field": "password"}
    assert not password or password not in refused.value.message


def test_of_two_passwords_alike_in_72_bytes_neither_is_taken_where_it_goes_on() -> None:
    """What bcrypt would not read never seems to count."""
    alike = "kq9vl2m" * 10 + "zz"
    for password in (alike + "a", alike + "b"):
        with pytest.raises(InvalidField, match="72 bytes"):
            check_strength(password, commonest_passwords())
    check_strength(alike, commonest_passwords())


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2024!",
        "2024P@ssw0rd!!",
        "passwordpassword",
        "passwordpasswordpass",
        "dragon-dragon-1",
        "!!!Monkey!!!1999",
        "ILOVEYOUiloveyou",
        "qwertyuiop12",
        "1q2w3e4r5t6y",
        "qwerty123qwerty123",
        "Welcome2Welcome2",
        "encyclopedia",
        "aaaaaaaaaaaaa",
        "            ",
        "abcabcabcabc",
        "121212121212",
        "123456789012",
        "210987654321",
        "abcdefghijkl",
    ],
)
def test_common_passwords_are_refused_however_they_are_stretched(password: str) -> None:
    """Repeated, with digits and signs around, in lookalikes: all is among the first tries."""
    with pytest.raises(InvalidField, match="first that anybody would try"):
        check_strength(password, commonest_passwords())


@pytest.mark.parametrize(
    "password", ["john.doe1234", "JohnDoe!!2024", "Acme2024Acme!", "acmegmbh2024", "AcmePassword1!"]
)
def test_what_is_known_of_somebody_is_no_password(password: str) -> None:
    """The address and the workspace's name, with digits or one common word, are guessed."""
    assert is_common(password, commonest_passwords(), about=ABOUT)
    assert not is_common("acme-purple-tractor", commonest_passwords(), about=ABOUT)


def test_signing_up_looks_at_the_address_and_the_workspace() -> None:
    """SignUp refuses what its own fields say."""
    for password in ("jonathan1234!", "Widgetworks24"):
        request = auth_pb2.SignUpRequest(
            email="jonathan@example.com", password=password, workspace_name="Widgetworks"
        )
        with pytest.raises(InvalidField, match="first that anybody would try"):
            sign_up_of(request)


def test_the_list_is_long_enough() -> None:
    """10,000 of the commonest and more, thousands of them of 12 characters and more."""
    words = commonest_passwords()
    assert len(words) >= 10_000
    assert sum(len(word) >= 12 for word in words) >= 2_000
    assert {"password", "123456", "qwerty"} <= words
    assert not any(word.startswith("#") and " " in word for word in words)


@settings(deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_taken_or_refused(password: str, about: list[str]) -> None:
    """No password and nothing known makes the check fail otherwise."""
    try:
        check_strength(password, commonest_passwords(), about=about)
    except InvalidField:
        return
    assert len(password) >= 12
    assert len(password.encode()) <= 72


def test_an_operator_may_choose_a_short_password() -> None:
    """One character is enough, none is not, and bcrypt's limit holds for everybody."""
    check_length("x")
    for password in ("", "x" * 73):
        with pytest.raises(InvalidField):
            check_length(password)
