"""Every error has one shape, over REST and gRPC, and says nothing of what is inside (E6, E7)."""

import struct
import time

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from jira_analytics.auth.v1 import auth_pb2
from tests.edge.answers import CANARY, assert_silent
from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import Upstreams

GET_ME = "/jira_analytics.auth.v1.AuthService/GetMe"
LOGIN = "/jira_analytics.auth.v1.AuthService/Login"
START_SYNC = "/jira_analytics.sync.v1.SyncService/StartSync"
JSON = [("content-type", "application/json")]
MEBIBYTE = 1 << 20


def test_refusals_are_silent(gateway: Gateway, token: str) -> None:
    """401 and 404 repeat neither the address nor the query, in body and headers alike."""
    target = f"/api/{CANARY}?{CANARY}={CANARY}"
    headers = [("host", f"{CANARY}.example"), ("referer", CANARY)]
    refused = gateway.call("GET", target, token=CANARY, headers=headers)
    missing = gateway.call("GET", target, token=token, headers=headers)
    assert (refused.status, missing.status) == (401, 404)
    assert refused.headers["www-authenticate"].startswith('Bearer realm="jira-analytics"')
    for answer in (refused, missing):
        assert_silent(answer)


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST"])
def test_another_verb_is_404(gateway: Gateway, token: str, method: str) -> None:
    """An address of the contract with a verb it does not have is not there."""
    answer = gateway.call(method, "/api/me/export", token=token)
    assert (answer.status, answer.reason) == (404, "NOT_FOUND")


@pytest.mark.parametrize("size", [MEBIBYTE + 1, 4 * MEBIBYTE + 1])
def test_a_body_too_large_is_413(gateway: Gateway, upstreams: Upstreams, size: int) -> None:
    """A body above the limit is refused before it is read, and reaches no service."""
    before = len(upstreams.memory.calls)
    with gateway.connect() as connection:
        head = f"POST /api/auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: {size}\r\n\r\n"
        connection.sendall(head.encode())
        received = connection.recv(65536)
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b'"reason":"INVALID_FIELD"' in received
    assert len(upstreams.memory.calls) == before


def test_a_body_of_unknown_length_too_large_is_413(gateway: Gateway) -> None:
    """Chunks are counted as they come."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    received = b""
    with gateway.connect() as connection:
        connection.sendall(
            b"POST /api/auth/login HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
            b'a\r\n{"email":"\r\n'
        )
        try:
            for _ in range(20):
                connection.sendall(chunk)
        except OSError:
            pass  # It has heard enough.
        received = connection.recv(65536)
    assert received.startswith(b"HTTP/1.1 413 ")


def test_a_body_of_the_limit_passes(gateway: Gateway, upstreams: Upstreams) -> None:
    """The limit itself is allowed."""
    start, end = b'{"email":"', b'"}'
    body = start + b"x" * (MEBIBYTE - len(start + end)) + end
    assert gateway.call("POST", "/api/auth/login", headers=JSON, body=body).status == 200
    assert len(upstreams.memory.last.request.email) > MEBIBYTE - 20


def test_a_message_too_large_is_refused_over_grpc(gateway: Gateway) -> None:
    """The same limit holds for gRPC: INVALID_ARGUMENT with a reason."""
    answer = gateway.rpc(LOGIN, b"\x0a" + _varint(2 * MEBIBYTE) + b"x" * (2 * MEBIBYTE))
    assert (answer.code, answer.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


def _varint(number: int) -> bytes:
    groups = [number >> shift & 0x7F for shift in (0, 7, 14, 21)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


def test_headers_too_large_are_431(gateway: Gateway) -> None:
    """Headers above 16 KiB are refused in the one shape."""
    answer = gateway.call("GET", "/api/me", headers=[("x-large", CANARY * 2000)])
    assert (answer.status, answer.reason) == (431, "INVALID_FIELD")
    assert_silent(answer)


def test_a_service_that_is_too_slow_is_504(
    hurried: Gateway, upstreams: Upstreams, token: str
) -> None:
    """DEADLINE_EXCEEDED to both kinds of clients, after the time the policy gives."""
    slowly = lambda _request, _context: time.sleep(3)  # noqa: E731 - it is the behaviour itself
    with upstreams.memory.answering(GET_ME, slowly):
        started = time.monotonic()
        answer = hurried.call("GET", "/api/me", token=token, address="127.0.4.1")
        assert time.monotonic() - started < 2.9
        over_grpc = hurried.rpc(GET_ME, token=token)
    assert (answer.status, answer.reason) == (504, "DEADLINE_EXCEEDED")
    assert over_grpc.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert over_grpc.reason == "DEADLINE_EXCEEDED"
    assert_silent(answer)


def test_an_answer_too_large_is_500(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """Above eight megabytes it is an error of ours, with an id that finds it in the log."""
    me = auth_pb2.Me(email=CANARY * 1_000_000)
    with upstreams.memory.answering(GET_ME, lambda _request, _context: me):
        answer = gateway.call("GET", "/api/me", token=token)
    assert (answer.status, answer.reason) == (500, "INTERNAL")
    assert_silent(answer)
    correlation_id = answer.json["details"][0]["metadata"]["correlation_id"]
    (line,) = gateway.log_lines(holding=correlation_id)
    assert line["message"].startswith("500 ")


def test_an_answer_is_its_caller_s_alone(gateway: Gateway) -> None:
    """Tokens and errors are kept by nobody on the way, and taken for nothing but JSON."""
    for answer in (gateway.post("/api/auth/login", {}), gateway.call("GET", "/api/me")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_service_s_own_error_comes_through(
    gateway: Gateway, upstreams: Upstreams, token: str
) -> None:
    """ErrorInfo of a service is JSON in the same shape, and untouched over gRPC."""
    info = error_details_pb2.ErrorInfo(
        reason="CONNECTION_AMBIGUOUS", domain="jira-analytics", metadata={"connections": "a, b"}
    )
    detail = any_pb2.Any()
    detail.Pack(info)
    status = status_pb2.Status(
        code=code_pb2.INVALID_ARGUMENT, message="say which", details=[detail]
    )

    def refuse(_request: object, context: grpc.ServicerContext) -> None:
        context.abort_with_status(rpc_status.to_status(status))

    with upstreams.memory.answering(START_SYNC, refuse):
        answer = gateway.call("POST", "/api/sync/start", token=token)
        over_grpc = gateway.rpc(START_SYNC, token=token)
    assert (answer.status, answer.reason) == (400, "CONNECTION_AMBIGUOUS")
    assert answer.json["message"] == "say which"
    assert answer.json["details"][0]["metadata"] == {"connections": "a, b"}
    assert (over_grpc.code, over_grpc.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "CONNECTION_AMBIGUOUS",
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, 400),
        (grpc.StatusCode.FAILED_PRECONDITION, 400),
        (grpc.StatusCode.UNAUTHENTICATED, 401),
        (grpc.StatusCode.PERMISSION_DENIED, 403),
        (grpc.StatusCode.NOT_FOUND, 404),
        (grpc.StatusCode.ALREADY_EXISTS, 409),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (grpc.StatusCode.INTERNAL, 500),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504),
    ],
)
def test_codes_and_their_http_status(
    gateway: Gateway, upstreams: Upstreams, code: grpc.StatusCode, status: int
) -> None:
    """The one table of gRPC code and HTTP status, for what services answer."""

    def refuse(_request: object, context: grpc.ServicerContext) -> None:
        context.abort(code, "no")

    with upstreams.memory.answering(LOGIN, refuse):
        answer = gateway.post("/api/auth/login", {})
    assert (answer.status, answer.json["code"]) == (status, code.value[0])


def test_a_message_nested_too_deep_is_the_service_s_matter(
    gateway: Gateway, upstreams: Upstreams
) -> None:
    """Bytes over gRPC are not parsed at the edge: a group never ended does the gateway no harm."""
    gateway.rpc(LOGIN, struct.pack("B", 0x0B) * 200)
    assert gateway.call("GET", "/api/health").status == 200
