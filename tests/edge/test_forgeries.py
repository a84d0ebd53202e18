"""What the gateway answers to every forged token: refused there, or passed on to be refused."""

from http import HTTPStatus

import grpc
import pytest

from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import Mint
from tests.edge.upstreams import Upstreams
from tests.forgeries import FORGERIES, Forgery

CODES = {
    401: grpc.StatusCode.UNAUTHENTICATED.value[0],
    403: grpc.StatusCode.PERMISSION_DENIED.value[0],
}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda row: row.name)
def test_a_forgery(gateway: Gateway, upstreams: Upstreams, mint: Mint, forgery: Forgery) -> None:
    """What Envoy judges never reaches a service; what it does not, it passes on as it came."""
    text = forgery.make(mint)
    before = len(upstreams.memory.calls)
    answer = gateway.call("GET", "/api/me", token=text)
    assert answer.status == forgery.gateway
    if answer.status == HTTPStatus.OK:
        assert upstreams.memory.last.metadata["authorization"] == f"Bearer {text}"
        return
    assert len(upstreams.memory.calls) == before
    if answer.status != HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        assert (answer.reason, answer.json["code"]) == ("TOKEN_INVALID", CODES[answer.status])
