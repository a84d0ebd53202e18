"""Which keys of a key set are taken."""

import asyncio
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.auth.domain.key_schedule import HOLD_MILLISECONDS
from services.auth.keys.signing import SigningKey, make_key
from services.auth.settings import KeySettings
from services.chassis.jwks import LEAST_INTERVAL_MILLISECONDS, PublishedKeys, keys_of
from services.chassis.settings import Jwks

KEY, OTHER_KEY = make_key(), make_key()
HELD_SECONDS = 1560.0


def entry(key: SigningKey = KEY, **changes: Any) -> dict[str, Any]:
    return {**key.published, **changes}


def test_published_keys_are_read_back() -> None:
    """What auth publishes is what services verify with."""
    keys = keys_of({"keys": [entry(), entry(OTHER_KEY)]})
    assert keys == {KEY.key_id: KEY.public, OTHER_KEY.key_id: OTHER_KEY.public}


@pytest.mark.parametrize("times", [2, 3])
def test_an_id_that_stands_more_than_once_names_no_key(times: int) -> None:
    """Of keys with one id nobody can say which is meant: neither is taken."""
    doubled = [entry(OTHER_KEY, kid=KEY.key_id)] * (times - 1)
    assert keys_of({"keys": [entry(), *doubled]}) == {}


@pytest.mark.parametrize(
    "changes", [{"kid": None}, {"kid": 1}, {"use": "enc"}, {"kty": "oct"}, {"kty": "EC"}]
)
def test_other_keys_are_passed_over(changes: dict[str, Any]) -> None:
    """Keys that do not sign, or that have no name, are no reason to lose the others."""
    keys = keys_of({"keys": [entry(OTHER_KEY, **changes), entry()]})
    assert keys == {KEY.key_id: KEY.public}


def test_an_elliptic_key_is_passed_over() -> None:
    """A key of another kind is not taken."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    shown = ECAlgorithm.to_jwk(public, as_dict=True)
    assert keys_of({"keys": [{**shown, "kid": "ec", "use": "sig"}]}) == {}


class Auth:
    """A stand-in for what auth publishes, which counts how often it is read."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Any = {"keys": [entry()]}

    async def __call__(self) -> Any:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_unknown_key_ids_do_not_make_a_flood() -> None:
    """However many tokens name an unknown key, the set is read once in two seconds."""
    auth, now = Auth(), [10_000_000]
    keys = PublishedKeys(auth, lambda: now[0], held_seconds=HELD_SECONDS)
    for _ in range(50):
        await keys.refresh()
    assert auth.asked == 1
    now[0] += LEAST_INTERVAL_MILLISECONDS
    await keys.refresh()
    assert auth.asked == 2


@pytest.mark.parametrize(
    "broken",
    [
        aiohttp.ClientConnectionError("refused"),
        TimeoutError(),
        ValueError("no JSON"),
        {},
        [],
        {"keys": None},
        {"keys": ["x"]},
        {"keys": [{"kty": "RSA", "use": "sig", "kid": "x"}]},
        {"keys": [{"kty": "RSA", "use": "sig", "kid": "x", "n": 1}]},
    ],
    ids=repr,
)
async def test_keys_outlive_an_answer_that_is_none(broken: object) -> None:
    """When auth is away or answers nonsense, the keys that were known stay."""
    auth, now = Auth(), [10_000_000]
    keys = PublishedKeys(auth, lambda: now[0], held_seconds=HELD_SECONDS)
    await keys.check()
    auth.answer = broken
    now[0] += LEAST_INTERVAL_MILLISECONDS
    await keys.refresh()
    assert keys.find(KEY.key_id) == KEY.public


class SlowAuth(Auth):
    """A stand-in whose answers wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> Any:
        answer = await super().__call__()
        self.begun.set()
        await self.let_go.wait()
        return answer


async def test_a_call_that_hangs_up_takes_nobodys_reading_along() -> None:
    """The reading that it waited for goes on, and is the one that the next call gets."""
    auth = SlowAuth()
    keys = PublishedKeys(auth, lambda: 10_000_000, held_seconds=HELD_SECONDS)
    hanging_up = asyncio.create_task(keys.refresh())
    await auth.begun.wait()
    hanging_up.cancel()
    await asyncio.wait({hanging_up})
    next_one = asyncio.create_task(keys.refresh())
    auth.let_go.set()
    await next_one
    assert keys.find(KEY.key_id) == KEY.public
    assert auth.asked == 1


async def test_all_who_ask_at_once_share_a_reading() -> None:
    """Ten callers and the periodic reading are one request to auth."""
    auth = SlowAuth()
    keys = PublishedKeys(auth, lambda: 10_000_000, held_seconds=HELD_SECONDS)
    asking = [asyncio.create_task(keys.refresh()) for _ in range(10)]
    asking.append(asyncio.create_task(keys.read()))
    await auth.begun.wait()
    auth.let_go.set()
    await asyncio.gather(*asking)
    assert auth.asked == 1


async def test_a_moment_ago_counts_from_the_end_of_a_reading() -> None:
    """One that took its time is no reason to begin the next one at once."""
    auth, now = SlowAuth(), [10_000_000]
    keys = PublishedKeys(auth, lambda: now[0], held_seconds=HELD_SECONDS)
    asking = asyncio.create_task(keys.refresh())
    await auth.begun.wait()
    now[0] += LEAST_INTERVAL_MILLISECONDS
    auth.let_go.set()
    await asking
    await keys.refresh()
    assert auth.asked == 1


async def test_the_periodic_reading_is_never_left_out() -> None:
    """However short a time ago a call made us read, it reads."""
    auth = Auth()
    keys = PublishedKeys(auth, lambda: 10_000_000, held_seconds=HELD_SECONDS)
    await keys.refresh()
    await keys.read()
    assert auth.asked == 2


async def test_keys_hold_no_longer_than_what_they_signed_may() -> None:
    """When auth was away for a notice and a token's life they may be gone, and readiness says so.

    Once it is back its keys hold again.
    """
    auth, now = Auth(), [10_000_000]
    keys = PublishedKeys(auth, lambda: now[0], held_seconds=HELD_SECONDS)
    await keys.check()
    there, auth.answer = auth.answer, TimeoutError()
    now[0] += int(HELD_SECONDS * 1000) - 1
    await keys.read()
    await keys.check()
    assert keys.find(KEY.key_id) == KEY.public
    now[0] += 1
    assert keys.find(KEY.key_id) is None
    with pytest.raises(RuntimeError, match="no signing key"):
        await keys.check()
    auth.answer = there
    await keys.read()
    await keys.check()
    assert keys.find(KEY.key_id) == KEY.public


async def test_no_reading_outlives_what_asked_for_it() -> None:
    """At the end of the process a reading that is under way ends, too."""
    auth = SlowAuth()
    keys = PublishedKeys(auth, lambda: 10_000_000, held_seconds=HELD_SECONDS)
    asking = asyncio.create_task(keys.refresh())
    await auth.begun.wait()
    await keys.end()
    await asyncio.wait({asking})
    assert asking.cancelled()


def test_keys_are_held_for_a_notice_and_the_life_of_a_token() -> None:
    """As auth is set unless it is told otherwise."""
    held = Jwks(url="http://auth/").held_seconds * 1000
    assert held == KeySettings().rule.notice + HOLD_MILLISECONDS
