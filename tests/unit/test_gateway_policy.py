"""The policy file: what it promises, and what is refused with a word on where it is wrong."""

import re

import pytest

from services.gateway.policy import (
    LOAD_FACTOR,
    POLICY_FILE,
    AddressClass,
    Rate,
    Tier,
    UserClass,
    read,
)
from services.gateway.strict_yaml import PolicyError

TEXT = POLICY_FILE.read_text(encoding="utf-8")


def _with(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)


def test_the_promised_ceilings() -> None:
    """The file holds the numbers that the contract promises."""
    limits = read(TEXT).limits
    per_minute = {
        **{str(name): limits.of_address(name).requests for name in AddressClass},
        **{
            f"{name} {tier}": limits.of_user(name, tier).requests
            for name in UserClass
            for tier in Tier
        },
    }
    assert per_minute == {
        "health": 100,
        "auth_signup": 5,
        "auth_login": 10,
        "auth_refresh": 600,
        "analytics free": 10,
        "analytics pro": 100,
        "analytics enterprise": 1000,
        "default free": 60,
        "default pro": 300,
        "default enterprise": 3000,
        "sync free": 60,
        "sync pro": 300,
        "sync enterprise": 3000,
    }
    assert limits.shield == Rate(requests=6000, seconds=60)


@pytest.mark.parametrize(("unit", "seconds"), [("second", 1), ("minute", 60), ("hour", 3600)])
def test_units(unit: str, seconds: int) -> None:
    """A rate's unit is a second, a minute or an hour."""
    policy = read(_with("shield: 6000/minute", f"shield: 7/{unit}"))
    assert policy.limits.shield == Rate(requests=7, seconds=seconds)


def test_load_multiplies_every_ceiling() -> None:
    """Under load nothing is left out, and nothing but the ceilings changes."""
    usual, loaded = read(TEXT), read(TEXT).with_ceilings_times(LOAD_FACTOR)
    multiplied = re.sub(
        r"'requests': (\d+)",
        lambda found: f"'requests': {found[1]}000",
        str(usual.limits.model_dump()),
    )
    assert str(loaded.limits.model_dump()) == multiplied
    assert loaded.model_copy(update={"limits": usual.limits}) == usual


def test_a_policy_cannot_be_changed() -> None:
    """It is a value."""
    with pytest.raises(ValueError, match="frozen"):
        read(TEXT).limits.tracked_keys = 1  # type: ignore[misc] # that it cannot is what is shown


MISTAKES = {
    "a bad unit": (
        _with("shield: 6000/minute", "shield: 6000/fortnight"),
        "limits.shield: Value error, 'fortnight' is not a unit; units are second, minute, hour",
    ),
    "no unit": (
        _with("shield: 6000/minute", "shield: 6000"),
        "limits.shield: .*not a rate such as",
    ),
    "no requests": (
        _with("auth_login: 10/minute", "auth_login: 0/minute"),
        "'0/minute' is not a rate",
    ),
    "negative": (
        _with("auth_login: 10/minute", "auth_login: -1/minute"),
        "'-1/minute' is not a rate",
    ),
    "a fraction": (_with("auth_login: 10/minute", "auth_login: 1.5/minute"), "is not a rate"),
    "a duplicate key": (
        _with("  shield: 6000/minute", "  shield: 6000/minute\n  shield: 7/minute"),
        "line 9: 'shield' is said twice",
    ),
    "a duplicate key within a line": (
        _with("analytics: {free: 10/minute,", "analytics: {free: 10/minute, free: 99/minute,"),
        "'free' is said twice",
    ),
    "a misspelled key": (
        _with("auth_login: 10/minute", "auth_logn: 10/minute"),
        "limits.per_address.auth_login: Field required; limits.per_address.auth_logn: Extra inputs",
    ),
    "a missing tier": (
        _with("analytics: {free: 10/minute, pro: 100/minute,", "analytics: {free: 10/minute,"),
        "limits.per_user.analytics.pro: Field required",
    ),
    "an unknown tier": (
        _with("analytics: {free: 10/minute,", "analytics: {free: 10/minute, trial: 1/minute,"),
        "limits.per_user.analytics.trial: Extra inputs are not permitted",
    ),
    "a missing class": (_with("    auth_signup: 5/minute\n", ""), "auth_signup: Field required"),
    "an unknown class": (
        _with("    auth_signup: 5/minute\n", "    auth_signup: 5/minute\n    webhook: 5/minute\n"),
        "limits.per_address.webhook: Extra inputs",
    ),
    "text for a number": (
        _with("request_seconds: 15", "request_seconds: soon"),
        "timeouts.request_seconds: Input should be a valid integer",
    ),
    "a timeout of zero": (
        _with("request_seconds: 15", "request_seconds: 0"),
        "timeouts.request_seconds: Input should be greater than 0",
    ),
    "too much of a percentage": (
        _with("budget_percent: 20", "budget_percent: 120"),
        "retries.budget_percent: Input should be less than or equal to 100",
    ),
    "TLS that is too old": (
        _with("minimum_version: TLSv1_2", "minimum_version: TLSv1_1"),
        "tls.minimum_version: Input should be 'TLSv1_2' or 'TLSv1_3'",
    ),
    "a missing part": (TEXT.partition("\ntracing:")[0], "tracing: Field required"),
    "an unknown part": (f"{TEXT}\nextra: 1\n", "extra: Extra inputs are not permitted"),
    "not YAML": ("limits: [", "not YAML"),
    "nothing": ("", "policy: Input should be a valid dictionary"),
    "an object of Python": ("!!python/object/apply:os.system ['true']", "not YAML"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name: str) -> None:
    """What cannot be enforced is refused, with its place."""
    text, words = MISTAKES[name]
    with pytest.raises(PolicyError, match=words):
        read(text)


def test_all_mistakes_are_named_at_once() -> None:
    """Two mistakes make one message with both."""
    text = _with("request_seconds: 15", "request_seconds: 0").replace("10/minute", "10/day")
    with pytest.raises(PolicyError, match=r"day.*request_seconds"):
        read(text)
