"""No spelling of an address gets around the tokens, and nothing hidden is found (E1, E3)."""

import grpc
import pytest

from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import Upstreams

SPELLINGS = (
    "/API/me",
    "/Api/Me",
    "//api/me",
    "/api//me",
    "/./api/me",
    "/api/./me",
    "/z/../api/me",
    "/%61pi/me",
    "/api/%6De",
    "/api/auth/../me",
    "/api/auth/login/../../me",
    "/api/auth/%2e%2e/me",
    "/api/auth/%2E%2E/me",
    "/api/auth/..;/me",
    "/api/auth/login/..;/../me",
    "/api/auth/login;/../../me",
    "/api/me/",
    "/api/me?/api/auth/login",
    "/api/me#/api/auth/login",
    "/api/me;x=1",
    "/.well-known/../api/me",
    "/api/health/../me",
    "/api/auth/login/",
    "/api/auth/loginx",
    "/api/auth/logi",
    "/api/auth",
    "/",
)
ESCAPED = (
    "/api%2fme",
    "/api%2Fme",
    "/api/auth/..%2fme",
    "/api/auth/%2e%2e%2fme",
    "/api%5cme",
    "/api/auth/..%5cme",
)
HIDDEN = (
    "/stats",
    "/stats/prometheus",
    "/metrics",
    "/config_dump",
    "/clusters",
    "/server_info",
    "/quitquitquit",
    "/healthcheck/fail",
    "/drain_listeners",
    "/logging",
    "/ready",
    "/live",
    "/jwks.json",
    "/.well-known/openid-configuration",
)
HIDDEN_RPCS = (
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "/grpc.channelz.v1.Channelz/GetServers",
    "/jira_analytics.auth.v1.OperatorService/CreateUser",
    "/jira_analytics.auth.v1.AuthService/Nothing",
)


@pytest.mark.parametrize("target", SPELLINGS)
def test_another_spelling_needs_a_token(
    gateway: Gateway, upstreams: Upstreams, target: str
) -> None:
    """Whatever it is spelt like, it is 401 without a token and reaches no service."""
    before = len(upstreams.memory.calls)
    for method in ("GET", "POST"):
        answer = gateway.call(method, target)
        assert (answer.status in {400, 401}, answer.json["code"] in {3, 16}) == (True, True)
        if "#" not in target:
            assert (answer.status, answer.reason) == (401, "TOKEN_INVALID")
    assert len(upstreams.memory.calls) == before


@pytest.mark.parametrize("target", ESCAPED)
def test_an_escaped_slash_is_400(gateway: Gateway, target: str, token: str) -> None:
    """An escaped slash is refused outright, with a token and without."""
    assert gateway.call("GET", target).status == 400
    assert gateway.call("GET", target, token=token).status == 400


@pytest.mark.parametrize("target", ["//api//me", "/./api/me", "/z/../api/me", "/api/auth/../me"])
def test_a_normal_path_is_what_counts(gateway: Gateway, token: str, target: str) -> None:
    """Path and rule are compared after normalisation, so a spelling is served as what it means."""
    answer = gateway.call("GET", target, token=token)
    assert (answer.status, answer.json["id"]) == (200, "answer of GetMe")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_a_public_address_is_public_for_its_verb_alone(gateway: Gateway, method: str) -> None:
    """Signing in is a POST; every other verb there needs a token, as everywhere."""
    assert gateway.call(method, "/api/auth/login").status in {400, 401}


@pytest.mark.parametrize("target", HIDDEN)
def test_what_is_not_in_the_contract_is_not_there(
    gateway: Gateway, upstreams: Upstreams, token: str, target: str
) -> None:
    """Administration and metrics are 401 for strangers and 404 for users, on any verb."""
    before = len(upstreams.memory.calls)
    for method in ("GET", "POST"):
        assert gateway.call(method, target).status == 401
        answer = gateway.call(method, target, token=token)
        assert (answer.status, answer.reason) == (404, "NOT_FOUND")
    assert len(upstreams.memory.calls) == before
    assert gateway.is_running


@pytest.mark.parametrize("path", HIDDEN_RPCS)
def test_what_is_not_in_the_contract_cannot_be_called(
    gateway: Gateway, token: str, path: str
) -> None:
    """Reflection, channelz, the services' own health: UNIMPLEMENTED for users."""
    refused, missing = gateway.rpc(path), gateway.rpc(path, token=token)
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
    assert (missing.code, missing.reason) == (grpc.StatusCode.UNIMPLEMENTED, "NOT_FOUND")


def test_a_grpc_path_is_for_grpc_alone(gateway: Gateway, token: str) -> None:
    """JSON posted to a gRPC path is not transcoded, so it is 404."""
    headers = [("content-type", "application/json")]
    path = "/jira_analytics.auth.v1.AuthService/GetMe"
    answer = gateway.call("POST", path, token=token, headers=headers, body=b"{}")
    assert (answer.status, answer.reason) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "first_line",
    [
        "CONNECT localhost:443 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET http://localhost/api/me HTTP/1.1",
        "GET /api/me HTTP/1.0",
        "PRI * HTTP/2.0",
        "get /api/me HTTP/1.1",
    ],
)
def test_an_odd_request_line_does_no_harm(gateway: Gateway, first_line: str) -> None:
    """Requests that match no route at all are refused, and the gateway lives on."""
    with gateway.connect() as connection:
        connection.sendall(f"{first_line}\r\nhost: localhost\r\n\r\n".encode())
        line = connection.recv(65536).split(b"\r\n")[0]
    assert not line or line.split()[1] in {b"400", b"401", b"403", b"404", b"426"}, line
    assert gateway.call("GET", "/api/health").status == 200


def test_administration_is_its_owner_s(gateway: Gateway) -> None:
    """Envoy's own administration is a unix socket that nobody else may open."""
    assert gateway.deployment.admin_socket.stat().st_mode & 0o777 == 0o600
