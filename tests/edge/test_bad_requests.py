"""What does not fit the contract is refused before it reaches a service (E6, E7)."""

from collections.abc import Callable

import pytest
from google.rpc import code_pb2

from tests.edge.answers import CANARY, Answer, assert_silent
from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import Upstreams

JSON = [("content-type", "application/json")]

Ask = Callable[[Gateway, str], Answer]


def _nested_too_deep(gateway: Gateway, token: str) -> Answer:
    body = b'{"scope":' * 10_000 + b"1" + b"}" * 10_000
    return gateway.call("POST", "/api/connections", token=token, headers=JSON, body=body)


BAD_REQUESTS: dict[str, Ask] = {
    "unknown query parameter": lambda gateway, token: gateway.call(
        "POST", f"/api/sync/start?{CANARY}=1", token=token
    ),
    "unknown parameter within a message": lambda gateway, token: gateway.call(
        "GET", f"/api/analytics/workload?period.{CANARY}=1", token=token
    ),
    "a parameter that is a message": lambda gateway, token: gateway.call(
        "GET", f"/api/analytics/workload?period={CANARY}", token=token
    ),
    "a query on a method that takes none": lambda gateway, token: gateway.call(
        "GET", f"/api/me?id={CANARY}", token=token
    ),
    "unknown enum": lambda gateway, token: gateway.call(
        "POST", f"/api/sync/start?mode={CANARY}", token=token
    ),
    "no instant": lambda gateway, token: gateway.call(
        "GET", f"/api/analytics/workload?as_of_time={CANARY}", token=token
    ),
    "no number": lambda gateway, token: gateway.call(
        "GET", f"/api/connections?page_size={CANARY}", token=token
    ),
    "a number beyond 32 bits": lambda gateway, token: gateway.call(
        "GET", "/api/connections?page_size=2147483648", token=token
    ),
    "no number at all": lambda gateway, token: gateway.call(
        "GET", "/api/connections?page_size=NaN", token=token
    ),
    "a variable of the path in the query": lambda gateway, token: gateway.call(
        "DELETE", f"/api/connections/1?connection_id={CANARY}", token=token
    ),
    "a variable of the path in the query, escaped": lambda gateway, token: gateway.call(
        "GET", f"/api/sync/jobs/1/watch?job%5Fid={CANARY}", token=token
    ),
    "a variable of the path in the query, by its JSON name": lambda gateway, token: gateway.call(
        "GET", f"/api/sync/jobs/1?jobId={CANARY}", token=token
    ),
    "a variable of the path in the body": lambda gateway, token: gateway.call(
        "PATCH",
        "/api/connections/1",
        token=token,
        headers=JSON,
        body=f'{{"connection_id": "{CANARY}"}}'.encode(),
    ),
    "a broken body": lambda gateway, token: gateway.call(
        "POST", "/api/auth/login", headers=JSON, body=f'{{"{CANARY}": '.encode()
    ),
    "a body of another kind": lambda gateway, token: gateway.call(
        "POST",
        "/api/auth/login",
        headers=JSON,
        body=b'{"email": {"a": "' + CANARY.encode() + b'"}}',
    ),
    "a body that is no object": lambda gateway, token: gateway.call(
        "POST", "/api/auth/login", headers=JSON, body=f'["{CANARY}"]'.encode()
    ),
    "a body nested ten thousand deep": _nested_too_deep,
    "an escaped slash": lambda gateway, token: gateway.call("GET", f"/api%2f{CANARY}"),
    "an underscore in a header": lambda gateway, token: gateway.call(
        "GET", "/api/me", headers=[(f"x_{CANARY}", CANARY)]
    ),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_what_does_not_fit_the_contract_is_400(
    gateway: Gateway, upstreams: Upstreams, token: str, name: str
) -> None:
    """INVALID_ARGUMENT, and not a word of what was sent."""
    before = len(upstreams.memory.calls)
    answer = BAD_REQUESTS[name](gateway, token)
    assert (answer.status, answer.reason) == (400, "INVALID_FIELD")
    assert answer.json["code"] == code_pb2.INVALID_ARGUMENT
    assert_silent(answer)
    assert len(upstreams.memory.calls) == before
