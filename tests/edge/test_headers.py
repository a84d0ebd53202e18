"""No header of a client says who it is or how it is to be treated (E1)."""

import pytest

from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import LEFT_OUT, Mint
from tests.edge.upstreams import Upstreams

IDENTITY = ("x-user-id", "x-workspace-id", "x-tier", "x-role")


@pytest.mark.parametrize("name", IDENTITY)
def test_an_identity_header_is_stripped(
    gateway: Gateway, upstreams: Upstreams, mint: Mint, name: str
) -> None:
    """With a token and without, a claimed identity does not reach the service."""
    spoofed = [(name, "victim"), (name.title(), "victim"), ("content-type", "application/json")]
    assert gateway.call("GET", "/api/me", token=mint.token(), headers=spoofed).status == 200
    assert "victim" not in str(upstreams.memory.last.metadata.values())
    assert gateway.call("POST", "/api/auth/login", headers=spoofed, body=b"{}").status == 200
    assert name not in upstreams.memory.last.metadata


def test_the_workspace_comes_from_the_token(
    gateway: Gateway, upstreams: Upstreams, mint: Mint
) -> None:
    """The header that spreads work over processes is the verified claim, or nothing."""
    spoofed = [("x-workspace-id", "wsp_victim")]
    gateway.call("GET", "/api/me", token=mint.token(wid="wsp_own"), headers=spoofed)
    assert upstreams.memory.last.metadata["x-workspace-id"] == "wsp_own"
    gateway.call("GET", "/api/me", token=mint.token(wid=LEFT_OUT), headers=spoofed)
    assert "x-workspace-id" not in upstreams.memory.last.metadata


def test_an_underscore_is_400(gateway: Gateway, token: str) -> None:
    """`x_user_id`, which some servers read as `x-user-id`, is refused."""
    answer = gateway.call("GET", "/api/me", token=token, headers=[("x_user_id", "victim")])
    assert (answer.status, answer.reason) == (400, "INVALID_FIELD")


def test_a_forwarded_address_is_not_believed(
    gateway: Gateway, upstreams: Upstreams, token: str
) -> None:
    """The address Envoy saw comes after whatever a client wrote, so the last one is true."""
    spoofed = [("x-forwarded-for", "10.0.0.1")]
    gateway.call("GET", "/api/me", token=token, headers=spoofed)
    first, last = upstreams.memory.last.metadata["x-forwarded-for"].split(",")
    assert (first.strip(), last.strip() != "10.0.0.1") == ("10.0.0.1", True)


@pytest.mark.parametrize(
    "header",
    [
        ("x-envoy-upstream-rq-timeout-ms", "1"),
        ("x-envoy-original-path", "/api/health"),
        ("x-envoy-internal", "true"),
        ("x-envoy-retry-on", "5xx"),
        ("x-envoy-decorator-operation", "spoofed"),
    ],
)
def test_envoy_s_own_headers_are_stripped(
    gateway: Gateway, upstreams: Upstreams, token: str, header: tuple[str, str]
) -> None:
    """No client sets Envoy's own levers, not even one on the same machine."""
    answer = gateway.call("GET", "/api/me", token=token, headers=[header])
    assert answer.status == 200
    assert upstreams.memory.last.metadata.get(header[0]) != header[1]


def test_a_trace_is_ours(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """A client cannot put its requests into somebody's trace, or have them sampled."""
    spoofed = [("traceparent", "00-11111111111111111111111111111111-2222222222222222-01")]
    gateway.call("GET", "/api/me", token=token, headers=spoofed)
    _, trace, _, flags = upstreams.memory.last.metadata["traceparent"].split("-")
    assert (trace != "1" * 32, flags) == (True, "00")


def test_a_claimed_content_type_changes_nothing(gateway: Gateway) -> None:
    """The note of what a client speaks is the gateway's own: this REST client gets JSON."""
    spoofed = [("x-client-content-type", "application/grpc")]
    answer = gateway.call("GET", "/api/me", headers=spoofed)
    assert (answer.status, answer.reason) == (401, "TOKEN_INVALID")


def test_no_other_origin_may_read(gateway: Gateway, token: str) -> None:
    """Without a CORS policy no page of another origin is told that it may read an answer."""
    answer = gateway.call(
        "GET", "/api/me", token=token, headers=[("origin", "https://evil.example")]
    )
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    preflight = gateway.call(
        "OPTIONS",
        "/api/me",
        headers=[("origin", "https://evil.example"), ("access-control-request-method", "GET")],
    )
    assert preflight.status == 401
