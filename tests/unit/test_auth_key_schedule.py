"""The life of a signing key, from the instants kept with it alone (S8)."""

from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain.claims import ACCESS_TOKEN_SECONDS
from services.auth.domain.key_schedule import (
    HOLD_MILLISECONDS,
    KeyState,
    Rule,
    gone_from,
    is_rotating,
    next_rotation,
    published,
    signing,
    state_of,
    successor,
)
from services.auth.domain.sealed_key import SealedKey
from services.auth.settings import KeySettings
from services.chassis.settings import Jwks
from services.chassis.tokens import LEEWAY_SECONDS
from services.gateway.policy import POLICY_FILE, read

SECOND, DAY = 1000, 24 * 60 * 60 * 1000
RULE = Rule(notice=600 * SECOND, rotation=30 * DAY)
START = 1_800_000_000_000


def keys_of(*instants: int) -> list[SealedKey]:
    """Make a key at each instant, the first at START, each by the rule."""
    keys: list[SealedKey] = []
    for number, now in enumerate((START, *instants), start=1):
        keys.append(successor(keys, f"k{number}", b"sealed", RULE, now=now))
    return keys


def states(keys: list[SealedKey], now: int) -> str:
    return " ".join(state_of(keys, now=now).values())


def test_the_first_key_signs_at_once() -> None:
    """Before it there was none that anybody could hold."""
    assert states(keys_of(), START) == "current"


def test_a_key_goes_through_its_life_to_the_millisecond() -> None:
    """Next for its notice, current until the next one's, retired while tokens live, then gone."""
    made = START + 30 * DAY
    keys = keys_of(made)
    switch = made + RULE.notice
    for now, expected in (
        (made, "current next"),
        (switch - 1, "current next"),
        (switch, "retired current"),
        (switch + HOLD_MILLISECONDS - 1, "retired current"),
        (switch + HOLD_MILLISECONDS, "gone current"),
    ):
        assert states(keys, now) == expected
    assert signing(keys, now=switch - 1).key_id == "k1"
    assert signing(keys, now=switch).key_id == "k2"


def test_what_a_key_signed_expires_before_it_is_gone() -> None:
    """A retired key is published for the life of an access token and its leeway at least."""
    assert (ACCESS_TOKEN_SECONDS + LEEWAY_SECONDS) * SECOND <= HOLD_MILLISECONDS


def test_a_key_is_made_so_that_it_signs_when_the_last_one_signed_long_enough() -> None:
    """After 30 days less the notice the next one is made, and signs after 30 days exactly."""
    keys = keys_of()
    due = next_rotation(keys, RULE)
    assert due == START + RULE.rotation - RULE.notice
    assert keys_of(due)[1].signs == START + RULE.rotation


def test_one_waits_at_a_time() -> None:
    """While a key waits for its time there is one rotating; before and after there is none."""
    made = START + 5 * DAY
    keys = keys_of(made)
    assert is_rotating(keys, now=made)
    assert is_rotating(keys, now=made + RULE.notice - 1)
    assert not is_rotating(keys, now=made + RULE.notice)


def test_a_clock_before_all_keys_signs_with_the_first() -> None:
    """A machine whose clock is behind signs all the same, with what is published."""
    keys = keys_of(START + 30 * DAY)
    assert signing(keys, now=START - DAY).key_id == "k1"
    assert states(keys, START - DAY) == "current next"


waits = st.lists(st.integers(min_value=RULE.notice, max_value=60 * DAY), max_size=6)


@given(waits, st.integers(min_value=0, max_value=400 * DAY))
def test_at_every_instant_one_key_signs_and_was_published_long_enough(
    pauses: list[int], after: int
) -> None:
    """Whatever the rotations were: one is current, it was published for its notice, all hold."""
    instants = [START + sum(pauses[: count + 1]) for count in range(len(pauses))]
    keys, now = keys_of(*instants), START + after
    known = [key for key in keys if key.created <= now]
    by_id = state_of(known, now=now)
    assert list(by_id.values()).count(KeyState.CURRENT) == 1
    current = signing(known, now=now)
    assert current.generation == 1 or now - current.created >= RULE.notice
    shown = {key.key_id for key in published(known, now=now)}
    assert shown == {one for one, state in by_id.items() if state is not KeyState.GONE}
    # Whatever signed a token that still lives is published.
    for key in known:
        ends = gone_from(known)[key.key_id]
        signed_last = None if ends is None else ends - HOLD_MILLISECONDS
        if signed_last is None or signed_last + ACCESS_TOKEN_SECONDS * SECOND > now:
            assert key.key_id in shown


def test_the_notice_is_twice_what_anybody_holds_the_keys() -> None:
    """The gateway's cache and the services' refresh are within what the notice is made for."""
    settings = KeySettings()
    policy = read(POLICY_FILE.read_text(encoding="utf-8"))
    assert policy.tokens.keys_cache_seconds <= settings.cache_seconds
    assert Jwks(url="http://auth/").refresh_seconds <= settings.cache_seconds
    assert settings.notice_seconds >= 2 * policy.tokens.keys_cache_seconds
