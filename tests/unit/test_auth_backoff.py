"""How long who guesses has to wait."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.domain.backoff import (
    FREE,
    LONGEST_SECONDS,
    NONE,
    Failures,
    attempts_key,
    one_more,
    wait_seconds,
)
from services.auth.domain.email import parse_email
from tests.unit.auth_examples import NOW

EMAIL = parse_email("a@example.com")
MINUTE = 60_000


def failed(times: int, *, every: int = 0) -> Failures:
    failures = NONE
    for number in range(times):
        failures = one_more(failures, now=NOW + number * every)
    return failures


def test_five_may_fail_and_then_each_waits_twice_as_long() -> None:
    """Nobody waits for four failures; for the fifth and after it 1, 2, 4, … s, 15 min at most."""
    waits = [wait_seconds(failed(times), now=NOW) for times in range(18)]
    assert waits == [0] * 5 + [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert wait_seconds(Failures(10**9, NOW), now=NOW) == LONGEST_SECONDS


def test_a_wait_is_over_when_it_was_said_to_be() -> None:
    """The last millisecond of it still counts as a second."""
    assert wait_seconds(failed(7), now=NOW + 3_999) == 1
    assert wait_seconds(failed(7), now=NOW + 4_000) == 0


def test_failures_are_forgiven_one_each_quarter_of_an_hour() -> None:
    """After 15 quiet minutes one counts less, after enough of them none counts."""
    ten = failed(10)
    assert one_more(ten, now=NOW + 15 * MINUTE - 1).count == 11
    assert one_more(ten, now=NOW + 15 * MINUTE).count == 10
    assert one_more(ten, now=NOW + 45 * MINUTE).count == 8
    assert one_more(ten, now=NOW + 150 * MINUTE).count == 1
    assert ten.forgotten == NOW + 150 * MINUTE


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**7), max_size=60))
def test_nobody_ever_waits_longer_than_fifteen_minutes(pauses: list[int]) -> None:
    """Whatever happened, after 15 minutes the next attempt is heard; clocks may also go back."""
    failures, now = NONE, NOW
    for pause in pauses:
        now += pause
        failures = one_more(failures, now=now)
        assert failures.count >= 1
        assert 0 <= wait_seconds(failures, now=now) <= LONGEST_SECONDS
    assert wait_seconds(failures, now=now + LONGEST_SECONDS * 1000) == 0
    assert one_more(failures, now=now - 10**6).count == failures.count + 1


def test_a_key_is_of_one_address_and_one_network_and_says_neither() -> None:
    """Another network or another address is another key."""
    keys = {
        attempts_key(email, prefix)
        for email in (EMAIL, parse_email("b@example.com"))
        for prefix in ("192.0.2.0/24", "198.51.100.0/24", "")
    }
    assert len(keys) == 6
    assert not any("example" in key or "192" in key for key in keys)
    assert FREE == 5
