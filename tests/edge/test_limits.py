"""Every limit of the policy, with what a client is told when it has reached one."""

import time
from typing import Any

import grpc
import pytest

from tests.edge.answers import Answer
from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import LEFT_OUT, Mint
from tests.edge.upstreams import Upstreams

SUMMARY = "/api/analytics/executive-summary"
START = "/api/sync/start"
SYNC = "/jira_analytics.sync.v1.SyncService"
PUBLIC = {
    "auth_signup": ("POST", "/api/auth/signup", 5),
    "auth_login": ("POST", "/api/auth/login", 10),
    "auth_refresh": ("POST", "/api/auth/refresh", 600),
    "health": ("GET", "/api/health", 100),
}
PER_USER = {
    ("GET", SUMMARY): {"free": 10, "pro": 100, "enterprise": 1000},
    ("GET", "/api/me"): {"free": 60, "pro": 300, "enterprise": 3000},
    ("POST", START): {"free": 60, "pro": 300, "enterprise": 3000},
}


def _assert_limited(answer: Answer, *, limit: int, refill_seconds: float) -> None:
    """429 with everything a client needs to know when to come back."""
    assert (answer.status, answer.reason) == (429, "RATE_LIMITED")
    assert answer.json["code"] == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
    assert answer.headers["x-ratelimit-limit"] == str(limit)
    assert answer.headers["x-ratelimit-remaining"] == "0"
    # Where the next token comes within the second, there may be none to wait.
    least = 1 if refill_seconds >= 1 else 0
    assert least <= int(answer.headers["retry-after"]) <= max(1, refill_seconds) + 1
    assert answer.headers["x-ratelimit-reset"] == answer.headers["retry-after"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_class_without_tokens_is_limited_per_address(limited: Gateway, name: str) -> None:
    """N requests pass, the next is 429 however the address is spelt; another address is free."""
    method, target, limit = PUBLIC[name]
    mine, other = "127.0.1.1", "127.0.1.2"
    answers = [limited.call(method, target, address=mine) for _ in range(limit)]
    assert {answer.status for answer in answers} == {200}
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {str(limit)}
    assert all("retry-after" not in answer.headers for answer in answers)
    # What comes back into the bucket goes on coming while it is emptied: a slow machine needs more.
    spellings = (target, f"{target}?", f"/{target}", f"/x/..{target}")
    more = (limited.call(method, spellings[n % 4], address=mine) for n in range(limit))
    last = next((answer for answer in more if answer.status != 200), answers[-1])
    _assert_limited(last, limit=limit, refill_seconds=60 / limit)
    assert limited.call(method, target, address=other).status == 200


def test_the_keys_count_as_health(limited: Gateway) -> None:
    """The published keys and the health share a bucket."""
    address = "127.0.2.1"
    first = limited.call("GET", "/.well-known/jwks.json", address=address)
    second = limited.call("GET", "/api/health", address=address)
    assert first.headers["x-ratelimit-limit"] == second.headers["x-ratelimit-limit"] == "100"
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)]
    assert left == [99, 98]


def test_grpc_and_rest_share_a_bucket(limited: Gateway) -> None:
    """Signing up over gRPC counts with signing up over REST: RESOURCE_EXHAUSTED with a reason."""
    sign_up = "/jira_analytics.auth.v1.AuthService/SignUp"
    assert {limited.rpc(sign_up).code for _ in range(3)} == {grpc.StatusCode.OK}
    assert {limited.call("POST", "/api/auth/signup").status for _ in range(2)} == {200}
    answer = limited.rpc(sign_up)
    assert (answer.code, answer.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
    assert answer.message == "too many requests"
    assert answer.trailers["x-ratelimit-limit"] == "5"
    assert 1 <= int(answer.trailers["retry-after"]) <= 13


@pytest.mark.parametrize("tier", ["free", "pro", "enterprise"])
@pytest.mark.parametrize("asked", PER_USER)
def test_each_class_and_tier_has_its_ceiling(
    limited: Gateway, mint: Mint, asked: tuple[str, str], tier: str
) -> None:
    """An answer says which ceiling the caller's tier has for this class."""
    token = mint.token(sub=f"usr_{tier}_{asked}", tier=tier)
    limit = PER_USER[asked][tier]
    answer = limited.call(*asked, token=token)
    assert answer.status == 200
    assert answer.headers["x-ratelimit-limit"] == str(limit)
    assert answer.headers["x-ratelimit-remaining"] == str(limit - 1)


@pytest.mark.parametrize("asked", PER_USER)
def test_a_class_is_limited_per_person(
    limited: Gateway, mint: Mint, asked: tuple[str, str]
) -> None:
    """N requests of one person pass, the next is 429; another person is free, from there too."""
    limit = PER_USER[asked]["free"]
    sub = f"usr_busy_{asked}"
    statuses = [
        limited.call(*asked, token=mint.token(sub=sub, tier="free")).status for _ in range(limit)
    ]
    assert set(statuses) == {200}
    more = (limited.call(*asked, token=mint.token(sub=sub, tier="free")) for _ in range(limit))
    last = next(answer for answer in more if answer.status != 200)
    _assert_limited(last, limit=limit, refill_seconds=60 / limit)
    other = mint.token(sub=f"{sub}_other", tier="free")
    assert limited.call(*asked, token=other).status == 200


def test_classes_do_not_share_a_bucket(limited: Gateway, mint: Mint) -> None:
    """Whoever has asked too many questions can still start a sync and look at themselves."""
    token = mint.token(sub="usr_curious", tier="free")
    statuses = [limited.call("GET", SUMMARY, token=token).status for _ in range(12)]
    assert statuses[-1] == 429
    assert limited.call("POST", START, token=token).status == 200
    assert limited.call("GET", "/api/me", token=token).status == 200


def test_waiting_as_told_is_enough(limited: Gateway, mint: Mint) -> None:
    """After Retry-After seconds the next request passes, over gRPC as well."""
    token = mint.token(sub="usr_patient", tier="free")
    answers = (limited.rpc(f"{SYNC}/StartSync", token=token) for _ in range(90))
    refused = next(answer for answer in answers if answer.code is not grpc.StatusCode.OK)
    waiting = int(refused.trailers["retry-after"])
    assert waiting in {1, 2}
    time.sleep(waiting)
    assert limited.rpc(f"{SYNC}/StartSync", token=token).code is grpc.StatusCode.OK


def test_a_tier_that_is_no_text_counts_as_free(limited: Gateway, mint: Mint) -> None:
    """`["enterprise"]` is not enterprise."""
    token = mint.token(sub="usr_array", tier=["enterprise"])
    assert limited.call("GET", SUMMARY, token=token).headers["x-ratelimit-limit"] == "10"


@pytest.mark.parametrize(
    "claims",
    [
        {"tier": "unlimited"},
        {"tier": "ENTERPRISE"},
        {"tier": ""},
        {"tier": LEFT_OUT},
        {"sub": LEFT_OUT},
    ],
)
def test_no_claim_lifts_a_limit(limited: Gateway, mint: Mint, claims: dict[str, Any]) -> None:
    """An unknown tier, or nobody, gets no more than the least there is."""
    answer = limited.call("GET", SUMMARY, token=mint.token(**{"sub": f"usr_{claims}"} | claims))
    assert int(answer.headers["x-ratelimit-limit"]) <= 60
    assert answer.status == 200


def test_addresses_that_are_not_there_are_counted(limited: Gateway, mint: Mint) -> None:
    """Whoever searches for hidden addresses does so at the pace of their tier."""
    answer = limited.call("GET", "/api/guess", token=mint.token(sub="usr_scan", tier="free"))
    assert (answer.status, answer.headers["x-ratelimit-limit"]) == (404, "60")


def test_the_shield_counts_everything_of_an_address(hurried: Gateway, mint: Mint) -> None:
    """Whatever is asked, with a token or without, one address is stopped; another is not."""
    mine = "127.0.3.1"
    answers = [
        hurried.call("GET", "/api/me", token=mint.token(sub=f"usr_{n}"), address=mine)
        if n % 2
        else hurried.call("GET", "/nothing", address=mine)
        for n in range(23)
    ]
    assert {answer.status for answer in answers[:20]} == {200, 401}
    _assert_limited(answers[-1], limit=20, refill_seconds=1)
    assert hurried.call("GET", "/api/me", token=mint.token(), address="127.0.3.2").status == 200


def test_an_answer_shows_one_limit(gateway: Gateway, token: str) -> None:
    """Where several limits count, one is shown, and nothing of how they work inside."""
    answer = gateway.call("GET", "/api/me", token=token)
    assert answer.headers["x-ratelimit-limit"].isdecimal()
    assert "x-limited" not in answer.headers
    assert "retry-after" not in answer.headers


def test_a_service_s_own_retry_after_stays(
    gateway: Gateway, upstreams: Upstreams, token: str
) -> None:
    """A quota that a service keeps tells its own time, not that of the gateway's bucket."""

    def over_quota(_request: object, context: grpc.ServicerContext) -> None:
        context.set_trailing_metadata((("retry-after", "720"),))
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the hour's syncs are used up")

    with upstreams.memory.answering(f"{SYNC}/StartSync", over_quota):
        answer = gateway.call("POST", START, token=token)
    assert (answer.status, answer.headers["retry-after"]) == (429, "720")
