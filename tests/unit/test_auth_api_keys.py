"""API keys: what is kept of them, what they may do, and for how long."""

from typing import Any

import pytest

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.domain.api_key import (
    ApiKey,
    Wanted,
    check_wanted,
    good_for,
    key_id_of,
    made_of,
    secret_of,
)
from services.auth.domain.claims import machine_claims, machine_seconds
from services.auth.domain.session import digest_of
from services.auth.requests.api_keys import creating_of, exchanging_of
from services.chassis.tokens import caller_of
from services.kernel.audit import Actor
from services.kernel.errors import InvalidField, ScopeInsufficient
from services.kernel.membership import Role, Scope
from tests.unit.auth_examples import NOW, USER, WORKSPACE, membership

SECRET = secret_of("key_0a1b", bytes(range(32)))
ALL = frozenset(Scope)


def key(*scopes: Scope, expires: int | None = None) -> ApiKey:
    wanted = Wanted("CI", frozenset(scopes or ALL), expires)
    return made_of(wanted, Actor(USER, WORKSPACE), key_id="key_0a1b", secret=SECRET, now=NOW)


def test_of_a_secret_only_its_hash_is_kept() -> None:
    """Nothing of the 256 bits is in the key, nor in how it is shown to a log."""
    kept, secret_part = key(), bytes(range(32)).hex()
    assert f"jak_0a1b_{secret_part}" == SECRET
    assert secret_part[:4] not in str(kept.prefix)
    assert kept.digest == digest_of(SECRET)
    assert secret_part not in repr(kept)
    assert str(kept.digest) not in repr(kept)
    assert key_id_of(SECRET) == kept.key_id


@pytest.mark.parametrize("text", ["", "jak_", "jak_0a1b", "jak__", "0a1b_x", "jak_0a1b_x", "é_é"])
def test_no_other_text_is_good_for_a_key(text: str) -> None:
    """Whatever is shown: without all of the secret a key is not traded."""
    assert not good_for(key(), digest_of(text), now=NOW)
    assert not good_for(None, digest_of(text), now=NOW)
    assert key_id_of(text).startswith("key_")


def test_a_key_expires_to_the_millisecond() -> None:
    """It is good until the instant before its expiry."""
    kept = key(expires=NOW + 1)
    assert good_for(kept, digest_of(SECRET), now=NOW)
    assert not good_for(kept, digest_of(SECRET), now=NOW + 1)


@pytest.mark.parametrize(
    ("scopes", "role"),
    [
        ((Scope.ANALYTICS_READ,), Role.VIEWER),
        ((Scope.ANALYTICS_READ, Scope.SYNC_READ, Scope.WORKSPACE_READ), Role.VIEWER),
        ((Scope.SYNC_WRITE,), Role.MEMBER),
        ((Scope.SYNC_WRITE, Scope.WORKSPACE_READ), Role.MEMBER),
        ((Scope.SYNC_ADMIN,), Role.ADMIN),
        (tuple(Scope), Role.ADMIN),
    ],
)
def test_a_keys_role_is_that_of_its_widest_scope(scopes: tuple[Scope, ...], role: Role) -> None:
    """Reading is a viewer's, writing a member's, the rest an admin's: no key is an owner."""
    assert key(*scopes).role is role


def test_a_machines_token_says_its_key_and_scopes() -> None:
    """Subject and session are the key, so that its end ends the token; the region is carried."""
    kept, workspace = key(Scope.SYNC_WRITE, Scope.SYNC_READ), membership().workspace
    claims = machine_claims(kept, workspace, token_id="tok_1", now=NOW)
    caller = caller_of(claims)
    assert caller.scopes == frozenset({Scope.SYNC_WRITE, Scope.SYNC_READ})
    assert (caller.user_id, caller.session_id) == ("key_0a1b", "key_0a1b")
    assert (caller.role, caller.region, caller.time_zone) == (
        Role.MEMBER,
        workspace.region,
        workspace.time_zone,
    )
    assert ("key_0a1b", 0) in caller.stamps
    assert caller.expires == NOW // 1000 + 900


@pytest.mark.parametrize(("left", "seconds"), [(60_000, 60), (900_000, 900), (10**9, 900), (1, 0)])
def test_a_machines_token_does_not_outlive_its_key(left: int, seconds: int) -> None:
    """It holds 15 minutes, and less where the key expires before."""
    assert machine_seconds(key(expires=NOW + left), now=NOW) == seconds


def test_a_machine_gives_no_scope_that_it_lacks() -> None:
    """A key that may administer the workspace makes keys of its own scopes at most."""
    own = frozenset({Scope.WORKSPACE_ADMIN, Scope.SYNC_READ})
    check_wanted(Wanted("x", own), own, now=NOW)
    check_wanted(Wanted("x", ALL), None, now=NOW)
    with pytest.raises(ScopeInsufficient) as refused:
        check_wanted(Wanted("x", frozenset({Scope.SYNC_READ, Scope.SYNC_ADMIN})), own, now=NOW)
    assert refused.value.metadata == {"required": "sync:admin"}


@pytest.mark.parametrize("expires", [0, NOW - 1, NOW])
def test_an_expiry_is_in_the_future(expires: int) -> None:
    """A key that has expired when it is made is a mistake."""
    with pytest.raises(InvalidField) as refused:
        check_wanted(Wanted("x", ALL, expires), None, now=NOW)
    assert refused.value.metadata == {"field": "expire_time"}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"scopes": [1]}, "name"),
        ({"name": "x" * 101, "scopes": [1]}, "name"),
        ({"name": "CI"}, "scopes"),
        ({"name": "CI", "scopes": [0]}, "scopes"),
        ({"name": "CI", "scopes": [1, 99]}, "scopes"),
        ({"name": "CI", "scopes": [1], "expire_time": {"seconds": -1}}, "expire_time"),
        ({"name": "CI", "scopes": [1], "expire_time": {"seconds": 2**62}}, "expire_time"),
        ({"name": "CI", "scopes": [1], "expire_time": {"nanos": -1}}, "expire_time"),
    ],
)
def test_a_wrong_wish_is_refused_by_field(wish: dict[str, Any], field: str) -> None:
    """What cannot be is named."""
    with pytest.raises(InvalidField) as refused:
        creating_of(pb.CreateApiKeyRequest(**wish))
    assert refused.value.metadata == {"field": field}


def test_a_wish_is_parsed() -> None:
    """Scopes are a set, and the expiry an instant."""
    wish: dict[str, Any] = {"name": " CI ", "scopes": [2, 2, 3], "expire_time": {"seconds": 5}}
    scopes = frozenset({Scope.SYNC_READ, Scope.SYNC_WRITE})
    assert creating_of(pb.CreateApiKeyRequest(**wish)) == Wanted("CI", scopes, 5000)


@pytest.mark.parametrize("secret", ["", "x" * 201])
def test_what_cannot_be_a_secret_is_refused(secret: str) -> None:
    """An empty one and an endless one are wrong fields."""
    with pytest.raises(InvalidField):
        exchanging_of(auth_pb2.ExchangeApiKeyRequest(api_key=secret))
