"""What services and operators call cannot be reached from outside, whatever token is shown."""

import grpc
import pytest

from tests.auth_stand_in import service_token
from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import Mint
from tests.edge.served_methods import INNER_METHODS, METHODS
from tests.edge.upstreams import Upstreams

REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


@pytest.mark.parametrize("path", INNER_METHODS)
def test_no_way_leads_inside(gateway: Gateway, upstreams: Upstreams, mint: Mint, path: str) -> None:
    """Not for people, nor for services and operators with tokens that hold inside.

    The services behind the gateway would answer: that they are not asked is the gateway's doing.
    """
    before = len(upstreams.memory.calls)
    assert gateway.rpc(path).code in REFUSED
    assert gateway.rpc(path, token=mint.token()).code is grpc.StatusCode.UNIMPLEMENTED
    for scope in ("internal", "operator"):
        assert gateway.rpc(path, token=service_token(mint, scope=scope)).code in REFUSED
    headers = [("content-type", "application/json")]
    for token in (None, mint.token(), service_token(mint)):
        answer = gateway.call("POST", path, token=token, headers=headers, body=b"{}")
        assert answer.status in {401, 403, 404}
    assert len(upstreams.memory.calls) == before


@pytest.mark.parametrize("scope", ["internal", "operator"])
@pytest.mark.parametrize("path", [path for path in METHODS if "/Get" in path])
def test_a_service_token_opens_nothing_at_the_gateway(
    gateway: Gateway, upstreams: Upstreams, mint: Mint, *, path: str, scope: str
) -> None:
    """It is for another audience: what people may ask is refused it as well."""
    before = len(upstreams.memory.calls)
    assert gateway.rpc(path, token=service_token(mint, scope=scope)).code in REFUSED
    assert gateway.call("GET", "/api/me", token=service_token(mint, scope=scope)).status == 403
    assert len(upstreams.memory.calls) == before
