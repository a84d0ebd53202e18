"""Health that means it, and what clients see of a service that is gone."""

import time
from collections.abc import Iterator

import grpc
import pytest

from tests.edge.answers import Answer, assert_silent
from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import Service, Upstreams

GET_ME = "/jira_analytics.auth.v1.AuthService/GetMe"
NOTICED_SECONDS = 6
READS = {"auth": "/api/me", "analytics": "/api/analytics/workload", "sync": "/api/sync/jobs"}


def _health_once(gateway: Gateway, status: int) -> Answer:
    until = time.monotonic() + NOTICED_SECONDS
    while True:
        answer = gateway.call("GET", "/api/health")
        if answer.status == status or time.monotonic() > until:
            return answer
        time.sleep(0.1)


@pytest.fixture
def back_again(gateway: Gateway, upstreams: Upstreams) -> Iterator[None]:
    """Leave every service as it was found."""
    yield
    for service in (upstreams.auth, *upstreams.analytics, upstreams.sync):
        service.say(serving=True)
    assert _health_once(gateway, 200).status == 200


def test_health_is_200_while_all_serve(gateway: Gateway) -> None:
    """Nobody needs a token for it, and a query does not matter."""
    for target in ("/api/health", "/api/health?probe=1"):
        answer = gateway.call("GET", target)
        assert (answer.status, answer.json) == (200, {"status": "SERVING"})
        assert_silent(answer)


def _each(upstreams: Upstreams) -> dict[str, tuple[Service, ...]]:
    return {
        "auth": (upstreams.auth,),
        "analytics": upstreams.analytics,
        "sync": (upstreams.sync,),
    }


@pytest.mark.usefixtures("back_again")
@pytest.mark.parametrize("name", READS)
def test_health_is_503_without_a_service(
    gateway: Gateway, upstreams: Upstreams, token: str, name: str
) -> None:
    """A service none of whose processes serves gets no calls and turns health to 503, and back."""
    for process in _each(upstreams)[name]:
        process.say(serving=False)
    answer = _health_once(gateway, 503)
    assert gateway.call("GET", READS[name], token=token).status == 503
    assert (answer.status, answer.json["code"]) == (503, grpc.StatusCode.UNAVAILABLE.value[0])
    assert answer.reason == "SERVICE_UNAVAILABLE"
    _each(upstreams)[name][0].say(serving=True)
    assert _health_once(gateway, 200).status == 200


@pytest.mark.usefixtures("back_again")
def test_one_process_of_two_is_enough(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """Health stays 200 and every question is answered by the process that serves."""
    upstreams.analytics[0].say(serving=False)
    time.sleep(3)
    assert gateway.call("GET", "/api/health").status == 200
    for _ in range(5):
        assert gateway.call("GET", "/api/analytics/workload", token=token).status == 200
        assert upstreams.memory.last.upstream == upstreams.analytics[1].name


@pytest.mark.usefixtures("back_again")
def test_a_service_that_is_gone_is_503(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """Before its health check has noticed and after, clients get UNAVAILABLE in the one shape."""
    upstreams.auth.stop()
    try:
        answers = [gateway.call("GET", "/api/me", token=token)]
        over_grpc = gateway.rpc(GET_ME, token=token)
        assert _health_once(gateway, 503).status == 503
        answers.append(gateway.call("GET", "/api/me", token=token))
    finally:
        upstreams.auth.start()
    for answer in answers:
        assert (answer.status, answer.reason) == (503, "SERVICE_UNAVAILABLE")
        assert_silent(answer)
    assert (over_grpc.code, over_grpc.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "SERVICE_UNAVAILABLE",
    )
    assert over_grpc.message == "the service does not answer now"
