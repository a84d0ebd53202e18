"""Which keys of a key set are taken."""

from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.auth.keys.signing import SigningKey, make_key
from services.chassis.jwks import LEAST_INTERVAL_MILLISECONDS, PublishedKeys, keys_of

KEY, OTHER_KEY = make_key(), make_key()


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
    keys = PublishedKeys(auth, lambda: now[0])
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
    keys = PublishedKeys(auth, lambda: now[0])
    await keys.check()
    auth.answer = broken
    now[0] += LEAST_INTERVAL_MILLISECONDS
    await keys.refresh()
    assert keys.find(KEY.key_id) == KEY.public
