"""Which access tokens the gateway lets through (E1, S1, S2)."""

import time
from collections.abc import Callable

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import LEFT_OUT, Mint
from tests.edge.upstreams import METHODS, Upstreams

SKEW_SECONDS = 5


def _foreign_key_embedded(mint: Mint) -> str:
    stranger = Mint()
    key = {"kty": "RSA", "e": "AQAB", "n": "AQAB"}
    return stranger.token(headers={"jwk": key, "kid": "own"})


FORGERIES: dict[str, Callable[[Mint], str]] = {
    "alg none": lambda mint: mint.unsigned("none"),
    "alg None": lambda mint: mint.unsigned("None"),
    "alg nOnE": lambda mint: mint.unsigned("nOnE"),
    "alg missing": lambda mint: mint.unsigned(""),
    "HS256 with the public key": lambda mint: mint.hmac_with_public_key(),
    "another key under our kid": lambda mint: Mint().token(),
    "kid that is a path": lambda mint: Mint().token(headers={"kid": "../../dev/null"}),
    "kid of 10 kB": lambda mint: Mint().token(headers={"kid": "k" * 10_000}),
    "kid that is SQL": lambda mint: Mint().token(headers={"kid": "' OR 1=1 --"}),
    "jwk in the header": _foreign_key_embedded,
    "jku in the header": lambda mint: Mint().token(headers={"jku": "https://evil.example/keys"}),
    "x5u in the header": lambda mint: Mint().token(headers={"x5u": "https://evil.example/keys"}),
    "signature cut off": lambda mint: mint.token().rpartition(".")[0] + ".",
    "signature of another token": lambda mint: mint.tampered(mint.token()),
    "wrong issuer": lambda mint: mint.token(iss="someone-else"),
    "no issuer": lambda mint: mint.token(iss=LEFT_OUT),
    "expired 30 s ago": lambda mint: mint.token(exp=int(time.time()) - 30),
    "expired beyond the skew": lambda mint: mint.token(exp=int(time.time()) - SKEW_SECONDS - 2),
    "no exp": lambda mint: mint.token(exp=LEFT_OUT),
    "exp as text": lambda mint: mint.token(exp="tomorrow"),
    "not before in a minute": lambda mint: mint.token(nbf=int(time.time()) + 60),
    "not a token": lambda mint: "not-a-token",
    "empty": lambda mint: "",
    "a token within a token": lambda mint: f"{mint.token()}.{mint.token()}",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgery_is_401(gateway: Gateway, upstreams: Upstreams, mint: Mint, name: str) -> None:
    """A token that does not hold is 401 and never reaches a service."""
    before = len(upstreams.memory.calls)
    answer = gateway.call("GET", "/api/me", token=FORGERIES[name](mint))
    assert (answer.status, answer.reason) == (401, "TOKEN_INVALID")
    assert answer.json["code"] == grpc.StatusCode.UNAUTHENTICATED.value[0]
    assert len(upstreams.memory.calls) == before


@pytest.mark.parametrize("algorithm", ["RS384", "PS256", "ES256"])
def test_another_algorithm_is_401(gateway: Gateway, mint: Mint, algorithm: str) -> None:
    """Only RS256 holds, even with our own key."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = mint.private
    if algorithm == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
    token = mint.signed(algorithm, key)
    assert gateway.call("GET", "/api/me", token=token).status == 401


@pytest.mark.parametrize("audience", ["someone-else", "jira-analytics-internal", LEFT_OUT])
def test_wrong_audience_is_403(gateway: Gateway, mint: Mint, audience: object) -> None:
    """A token for another audience, or for none, is 403 in the one shape of errors."""
    answer = gateway.call("GET", "/api/me", token=mint.token(aud=audience))
    assert (answer.status, answer.reason) == (403, "TOKEN_INVALID")


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
