"""The access log: one line a request in the product's shape, and no secret in any of them."""

import datetime as dt
import uuid

import grpc
import pytest

from jira_analytics.analytics.v1 import analytics_pb2
from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import Mint
from tests.edge.upstreams import Upstreams

GET_ME = "/jira_analytics.auth.v1.AuthService/GetMe"
GET_WORKLOAD = "/jira_analytics.analytics.v1.AnalyticsService/GetWorkload"
SEED_FIELDS = {
    "timestamp",
    "level",
    "service",
    "trace_id",
    "user_id",
    "endpoint",
    "latency_ms",
    "cache_hit",
    "message",
}


def _one_user() -> str:
    return f"usr_{uuid.uuid4().hex}"


def test_a_read_is_one_line(gateway: Gateway, upstreams: Upstreams, mint: Mint) -> None:
    """Who, where, what, how long, from the cache or not, and in which trace."""
    user = _one_user()
    token = mint.token(sub=user, wid="wsp_9")
    gateway.call("GET", "/api/analytics/workload?time_zone=UTC", token=token)
    trace = upstreams.memory.last.metadata["traceparent"].split("-")[1]
    (line,) = gateway.log_lines(holding=user)
    assert set(line) >= SEED_FIELDS
    assert (line["user_id"], line["workspace_id"]) == (user, "wsp_9")
    assert line["endpoint"] == "GET /api/analytics/workload"
    assert (line["level"], line["service"], line["trace_id"]) == ("info", "gateway", trace)
    assert line["cache_hit"] is True
    assert isinstance(line["latency_ms"], int)
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(line["timestamp"])
    assert dt.timedelta(0) <= age < dt.timedelta(seconds=10)


@pytest.mark.parametrize("said", ["false", "yes"])
def test_a_miss_is_one_line(gateway: Gateway, upstreams: Upstreams, mint: Mint, said: str) -> None:
    """What analytics does not call a hit is none, and still exactly one line."""

    def miss(_request: object, context: grpc.ServicerContext) -> object:
        context.send_initial_metadata((("x-cache-hit", said),))
        return analytics_pb2.Workload()

    user = _one_user()
    with upstreams.memory.answering(GET_WORKLOAD, miss):
        answer = gateway.call("GET", "/api/analytics/workload", token=mint.token(sub=user))
    (line,) = gateway.log_lines(holding=user)
    assert answer.headers["x-cache-hit"] == said
    assert line["cache_hit"] is False


def test_other_services_answers_come_from_no_cache(gateway: Gateway, mint: Mint) -> None:
    """Only analytics' silence means a hit."""
    user = _one_user()
    answer = gateway.call("GET", "/api/me", token=mint.token(sub=user))
    (line,) = gateway.log_lines(holding=user)
    assert "x-cache-hit" not in answer.headers
    assert line["cache_hit"] is False


LEVELS = {
    grpc.StatusCode.NOT_FOUND: "warning",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "warning",
    grpc.StatusCode.INTERNAL: "error",
    grpc.StatusCode.DEADLINE_EXCEEDED: "error",
}


@pytest.mark.parametrize("code", LEVELS)
def test_the_level_follows_the_status(
    gateway: Gateway, upstreams: Upstreams, mint: Mint, code: grpc.StatusCode
) -> None:
    """A caller's mistake is a warning and ours is an error, over REST and over gRPC alike."""

    def refuse(_request: object, context: grpc.ServicerContext) -> None:
        context.abort(code, "no")

    user = _one_user()
    token = mint.token(sub=user)
    with upstreams.memory.answering(GET_ME, refuse):
        gateway.call("GET", "/api/me", token=token)
        gateway.rpc(GET_ME, token=token)
    lines = gateway.log_lines(holding=user, count=2)
    assert [line["level"] for line in lines] == [LEVELS[code]] * 2
    assert [line["endpoint"] for line in lines] == ["GET /api/me", f"POST {GET_ME}"]
    assert lines[1]["grpc_status"] == code.name


def test_a_refusal_is_a_line_without_a_user(gateway: Gateway) -> None:
    """A call without a token is logged with its address, and names nobody."""
    address = f"/api/{uuid.uuid4().hex}"
    gateway.call("GET", address)
    (line,) = gateway.log_lines(holding=address)
    assert (line["level"], line["user_id"]) == ("warning", None)
    assert line["message"].startswith("401 ")


def test_an_address_cannot_be_forged(gateway: Gateway, mint: Mint) -> None:
    """The endpoint is what was asked, whatever a client says was asked originally."""
    user = _one_user()
    spoofed = [("x-envoy-original-path", "/spoofed"), ("x-envoy-original-method", "SPOOFED")]
    gateway.call("GET", "/api/none", token=mint.token(sub=user), headers=spoofed)
    (line,) = gateway.log_lines(holding=user)
    assert line["endpoint"] == "GET /api/none"


def test_no_secret_is_logged(gateway: Gateway, mint: Mint) -> None:
    """Neither tokens, bodies, cookies nor queries come into the log, whether a call succeeds."""
    secret = uuid.uuid4().hex
    mark = f"/api/{uuid.uuid4().hex}"
    token = mint.token(jti=secret)
    body = {"email": f"{secret}@example.com", "password": secret, "refresh_token": secret}
    for public in ("login", "signup", "refresh"):
        gateway.post(f"/api/auth/{public}", body)
        gateway.post(f"/api/auth/{public}?password={secret}", body)
    gateway.call("GET", f"/api/me?access_token={secret}", token=token)
    gateway.call("GET", f"/api/analytics/workload?as_of_time={secret}", token=token)
    gateway.call("GET", "/api/me", token=secret, headers=[("cookie", secret), ("x-own", secret)])
    gateway.call("GET", mark)
    gateway.log_lines(holding=mark)
    log = gateway.deployment.access_log.read_text(encoding="utf-8")
    assert secret not in log
    assert token.split(".")[1] not in log
    assert secret not in gateway.words.read_text(encoding="utf-8")
