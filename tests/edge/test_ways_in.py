"""REST, gRPC and gRPC-Web each reach the services, with every kind of parameter."""

import base64
import struct
import threading
from collections.abc import Iterator

import grpc
import pytest

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.auth.v1 import auth_pb2, auth_pb2_grpc
from jira_analytics.sync.v1 import sync_pb2
from tests.edge.answers import Answer
from tests.edge.gateway_under_test import Gateway
from tests.edge.served_methods import METHODS
from tests.edge.upstreams import Upstreams

WATCH = "/jira_analytics.sync.v1.SyncService/WatchSyncJob"
GET_ME = "/jira_analytics.auth.v1.AuthService/GetMe"


def test_rest_reaches_the_service(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """A GET becomes the RPC, with the token for the service to verify again."""
    answer = gateway.call("GET", "/api/me", token=token)
    assert (answer.status, answer.json["id"]) == (200, "answer of GetMe")
    call = upstreams.memory.last
    assert (call.upstream, call.path) == ("auth", GET_ME)
    assert call.metadata["authorization"] == f"Bearer {token}"


@pytest.mark.parametrize("path", METHODS)
def test_grpc_reaches_every_method(
    gateway: Gateway, upstreams: Upstreams, token: str, path: str
) -> None:
    """Each RPC of the contract is served to gRPC clients by the service that owns it."""
    answer = gateway.rpc(path, token=token)
    assert answer.code is grpc.StatusCode.OK
    assert len(answer.messages) == (3 if METHODS[path].server_streaming else 1)
    call = upstreams.memory.last
    assert call.path == path
    assert call.upstream.partition("-")[0] == path.split(".")[1]


def test_rest_body(gateway: Gateway, upstreams: Upstreams) -> None:
    """A JSON body arrives whole; a field nobody knows is left out."""
    document = {"email": "ann@example.com", "password": "a long password", "unknown": 1}
    answer = gateway.post("/api/auth/login", document)
    assert (answer.status, answer.json["access_token"]) == (200, "answer of Login")
    request = auth_pb2.LoginRequest(email="ann@example.com", password="a long password")
    assert upstreams.memory.last.request == request


def test_rest_query(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """Instants, numbers within a message, repeated texts and spaces come through the query."""
    answer = gateway.call(
        "GET",
        "/api/analytics/executive-summary?projects=A&projects=B%20C&issue_types=Bug+Fix"
        "&period.start_time=2026-01-01T00:00:00Z&period.end_time=2026-02-01T00:00:00%2B01:00"
        "&as_of_time=2026-02-01T00:00:00.5Z&time_zone=Europe/Berlin",
        token=token,
    )
    assert answer.status == 200
    request = analytics_pb2.GetExecutiveSummaryRequest(
        projects=["A", "B C"], issue_types=["Bug Fix"], time_zone="Europe/Berlin"
    )
    request.period.start_time.FromJsonString("2026-01-01T00:00:00Z")
    request.period.end_time.FromJsonString("2026-01-31T23:00:00Z")
    request.as_of_time.FromJsonString("2026-02-01T00:00:00.5Z")
    assert upstreams.memory.last.request == request


def test_rest_enum_by_name(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """An enum's bare name is taken from the query; another case of it is refused."""
    answer = gateway.call("POST", "/api/sync/start?mode=FULL&connection_id=a", token=token)
    assert answer.status == 200
    expected = sync_pb2.StartSyncRequest(mode=sync_pb2.SyncJob.FULL, connection_id="a")
    assert upstreams.memory.last.request == expected
    assert gateway.call("POST", "/api/sync/start?mode=full", token=token).status == 400


def test_rest_path_variable(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """A segment of the path arrives as the field it names, unescaped."""
    assert gateway.call("DELETE", "/api/connections/my%20site", token=token).status == 200
    assert upstreams.memory.last.request.connection_id == "my site"


def test_the_path_wins_over_the_body(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """A field's JSON name is understood in a body, and does not change what the path names."""
    headers = [("content-type", "application/json")]
    body = b'{"connectionId": "other", "apiToken": "a token"}'
    gateway.call("PATCH", "/api/connections/own", token=token, headers=headers, body=body)
    request = upstreams.memory.last.request
    assert (request.connection_id, request.api_token) == ("own", "a token")


def test_figures_of_zero_are_shown(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """An optional zero is printed and an unset one is absent, under the contract's own names."""
    path = "/jira_analytics.analytics.v1.AnalyticsService/GetExecutiveSummary"
    summary = analytics_pb2.ExecutiveSummary(wip=analytics_pb2.CountFigure(current=0))
    summary.lead_time.current.SetInParent()
    with upstreams.memory.answering(path, lambda _request, _context: summary):
        answer = gateway.call("GET", "/api/analytics/executive-summary", token=token)
    assert answer.json["wip"] == {"current": 0}
    assert answer.json["lead_time"] == {"current": {"small_sample": False}}
    assert "work_item_age" not in answer.json


def test_a_large_answer_passes(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """Four megabytes of JSON come through, well above one connection's buffer."""
    me = auth_pb2.Me(email="x" * 3_900_000)
    with upstreams.memory.answering(GET_ME, lambda _request, _context: me):
        answer = gateway.call("GET", "/api/me", token=token)
    assert (answer.status, len(answer.json["email"])) == (200, 3_900_000)


def test_rest_requests_have_a_deadline(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """The service sees how long it has, though REST clients cannot say so."""
    gateway.call("GET", "/api/me", token=token)
    seconds_left = upstreams.memory.last.seconds_left
    assert seconds_left is not None
    assert 10 < seconds_left <= 15.5


def test_a_grpc_client_s_own_deadline_is_passed_on(
    gateway: Gateway, upstreams: Upstreams, token: str
) -> None:
    """The service sees the client's shorter deadline."""
    with gateway.channel() as channel:
        auth_pb2_grpc.AuthServiceStub(channel).GetMe(
            auth_pb2.GetMeRequest(), metadata=(("authorization", f"Bearer {token}"),), timeout=3
        )
    seconds_left = upstreams.memory.last.seconds_left
    assert seconds_left is not None
    assert seconds_left <= 3


def test_a_stream_over_rest_is_lines(hurried: Gateway, upstreams: Upstreams, token: str) -> None:
    """Each message is a line of JSON at once, for longer than any other request may take."""
    first_was_read = threading.Event()

    def slowly(_request: object, _context: grpc.ServicerContext) -> Iterator[sync_pb2.SyncJob]:
        yield sync_pb2.SyncJob(id="first")
        assert first_was_read.wait(5)
        # Longer than this gateway gives to what is no stream.
        threading.Event().wait(2.5)
        yield sync_pb2.SyncJob(id="last", state=sync_pb2.SyncJob.SUCCEEDED)

    with upstreams.memory.answering(WATCH, slowly), hurried.connect() as connection:
        connection.sendall(
            b"GET /api/sync/jobs/job_1/watch HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
            b"authorization: Bearer " + token.encode() + b"\r\n\r\n"
        )
        received = b""
        while b'"first"' not in received:
            received += connection.recv(65536)
        assert b'"last"' not in received
        first_was_read.set()
        while more := connection.recv(65536):
            received += more
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.count(b'"SUCCEEDED"}\n') == 1


def test_a_stream_over_grpc_outlives_the_usual_timeout(
    hurried: Gateway, upstreams: Upstreams, token: str
) -> None:
    """A gRPC stream of 2.5 s ends well where two are the usual limit."""

    def slowly(_request: object, _context: grpc.ServicerContext) -> Iterator[sync_pb2.SyncJob]:
        threading.Event().wait(2.5)
        yield sync_pb2.SyncJob(id="last")

    with upstreams.memory.answering(WATCH, slowly):
        answer = hurried.rpc(WATCH, token=token)
    assert answer.code is grpc.StatusCode.OK
    assert [sync_pb2.SyncJob.FromString(job).id for job in answer.messages] == ["last"]


def _web_frame(message: bytes) -> bytes:
    return struct.pack(">BI", 0, len(message)) + message


def _web_frames(body: bytes) -> list[tuple[int, bytes]]:
    frames = []
    while body:
        flags, length = struct.unpack(">BI", body[:5])
        frames.append((flags, body[5 : 5 + length]))
        body = body[5 + length :]
    return frames


def _web_call(gateway: Gateway, *, token: str | None, kind: str, body: bytes) -> Answer:
    headers = [("content-type", kind), ("accept", kind), ("x-grpc-web", "1")]
    return gateway.call("POST", GET_ME, token=token, headers=headers, body=body)


def test_grpc_web_reaches_the_service(gateway: Gateway, token: str) -> None:
    """A browser's gRPC-Web call is answered with the message, then the trailers, in frames."""
    answer = _web_call(
        gateway, token=token, kind="application/grpc-web+proto", body=_web_frame(b"")
    )
    assert (answer.status, answer.headers["content-type"]) == (200, "application/grpc-web+proto")
    (data, message), (trailers, status) = _web_frames(answer.body)
    assert (data, trailers) == (0, 0x80)
    assert auth_pb2.Me.FromString(message).id == "answer of GetMe"
    assert b"grpc-status:0" in status.replace(b" ", b"")


def test_grpc_web_text_reaches_the_service(gateway: Gateway, token: str) -> None:
    """The same in base64, for browsers that cannot stream bytes."""
    body = base64.b64encode(_web_frame(b""))
    answer = _web_call(gateway, token=token, kind="application/grpc-web-text+proto", body=body)
    assert answer.status == 200
    assert b"answer of GetMe" in base64.b64decode(answer.body[:40])


def test_grpc_web_is_refused_as_grpc_web(gateway: Gateway) -> None:
    """Without a token a gRPC-Web client gets UNAUTHENTICATED in the way it reads a status."""
    answer = _web_call(gateway, token=None, kind="application/grpc-web+proto", body=_web_frame(b""))
    assert answer.headers["grpc-status"] == "16"
    assert answer.headers["grpc-message"] == "a valid access token is needed"
