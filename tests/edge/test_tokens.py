"""Which access tokens the gateway lets through, and where it takes them from (E1, S2).

test_forgeries.py holds every forgery against it.
"""

import time

import grpc
import pytest

from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import LEFT_OUT, Mint
from tests.edge.served_methods import METHODS
from tests.edge.upstreams import Upstreams

SKEW_SECONDS = 5


def test_a_token_within_the_skew_passes(gateway: Gateway, mint: Mint) -> None:
    """Five seconds of skew are granted."""
    token = mint.token(exp=int(time.time()) - 1)
    assert gateway.call("GET", "/api/me", token=token).status == 200


def test_an_unknown_crit_passes_the_gateway(
    gateway: Gateway, upstreams: Upstreams, mint: Mint
) -> None:
    """Envoy does not read `crit`: the service must refuse, and for that it gets the token."""
    token = mint.token(headers={"crit": ["exp-not-known"], "exp-not-known": True})
    assert gateway.call("GET", "/api/me", token=token).status == 200
    assert upstreams.memory.last.metadata["authorization"] == f"Bearer {token}"


def test_a_token_without_a_subject_passes_the_gateway_anonymously(
    gateway: Gateway, upstreams: Upstreams, mint: Mint
) -> None:
    """No identity is made up for it: the service must refuse an absent one."""
    token = mint.token(sub=LEFT_OUT)
    headers = [("x-user-id", "usr_victim")]
    assert gateway.call("GET", "/api/me", token=token, headers=headers).status == 200
    assert "x-user-id" not in upstreams.memory.last.metadata


@pytest.mark.parametrize("name", ["access_token", "token", "jwt"])
def test_a_token_in_the_query_is_401(gateway: Gateway, token: str, name: str) -> None:
    """Tokens are taken from the header alone, so that none comes into a log."""
    assert gateway.call("GET", f"/api/me?{name}={token}").status == 401


def test_a_token_in_a_cookie_is_401(gateway: Gateway, token: str) -> None:
    """Tokens are taken from the header alone, so that no other site's page can use one."""
    headers = [("cookie", f"access_token={token}"), ("cookie", f"authorization=Bearer {token}")]
    assert gateway.call("GET", "/api/me", headers=headers).status == 401


def test_two_authorization_headers_are_401(gateway: Gateway, mint: Mint) -> None:
    """Neither of two tokens counts, though both would hold."""
    headers = [("authorization", f"Bearer {mint.token()}") for _ in range(2)]
    assert gateway.call("GET", "/api/me", headers=headers).status == 401


def test_a_verified_token_expires_all_the_same(gateway: Gateway, mint: Mint) -> None:
    """A token that Envoy remembers is checked against the clock each time."""
    token = mint.token(exp=int(time.time()) - SKEW_SECONDS + 2)
    assert gateway.call("GET", "/api/me", token=token).status == 200
    time.sleep(3.1)
    assert gateway.call("GET", "/api/me", token=token).status == 401


def test_a_verified_token_tampered_with_is_401(gateway: Gateway, mint: Mint) -> None:
    """What Envoy remembers is the whole token, not its signature."""
    token = mint.token()
    assert gateway.call("GET", "/api/me", token=token).status == 200
    assert gateway.call("GET", "/api/me", token=mint.tampered(token)).status == 401


PUBLIC = {
    "ReceiveJiraWebhook",
    "SignUp",
    "Login",
    "Refresh",
    "ExchangeApiKey",
    "RequestPasswordReset",
    "ResetPassword",
    "VerifyEmail",
}


@pytest.mark.parametrize("path", METHODS)
def test_grpc_without_a_token(gateway: Gateway, path: str) -> None:
    """A gRPC path is no way around: only the public methods answer without a token."""
    is_public = path.rpartition("/")[2] in PUBLIC
    code = gateway.rpc(path).code
    assert code is (grpc.StatusCode.OK if is_public else grpc.StatusCode.UNAUTHENTICATED)


def test_a_public_address_takes_no_notice_of_a_bad_token(gateway: Gateway, mint: Mint) -> None:
    """Signing in works with an expired token still in the header."""
    headers = [("content-type", "application/json")]
    token = mint.token(exp=1)
    answer = gateway.call("POST", "/api/auth/login", token=token, headers=headers, body=b"{}")
    assert answer.status == 200


def test_grpc_clients_get_a_status_with_its_reason(gateway: Gateway) -> None:
    """UNAUTHENTICATED carries the same ErrorInfo over gRPC as over REST."""
    answer = gateway.rpc("/jira_analytics.auth.v1.AuthService/GetMe")
    assert (answer.code, answer.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
