"""Which process answers, and how often a call is tried."""

import collections
from collections.abc import Callable

import grpc
import pytest

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.auth.v1 import auth_pb2
from tests.edge.gateway_under_test import Gateway
from tests.edge.minting import Mint
from tests.edge.upstreams import Behaviour, Upstreams

ANALYTICS = "/jira_analytics.analytics.v1.AnalyticsService"
AUTH = "/jira_analytics.auth.v1.AuthService"


def test_a_workspace_stays_with_one_process(
    gateway: Gateway, upstreams: Upstreams, mint: Mint
) -> None:
    """REST and gRPC questions of a workspace go to one process, those of many to all of them."""
    homes: collections.Counter[str] = collections.Counter()
    for number in range(20):
        token = mint.token(wid=f"wsp_{number}", sub=f"usr_{number}")
        seen = set()
        for path in ("bottlenecks", "workload"):
            gateway.call("GET", f"/api/analytics/{path}", token=token)
            seen.add(upstreams.memory.last.upstream)
        gateway.rpc(f"{ANALYTICS}/GetWorkload", token=token)
        seen.add(upstreams.memory.last.upstream)
        assert len(seen) == 1
        homes.update(seen)
    assert set(homes) == {process.name for process in upstreams.analytics}


def _failing_once(answer: object) -> tuple[Behaviour, list[int]]:
    tries: list[int] = []

    def fail_once(_request: object, context: grpc.ServicerContext) -> object:
        tries.append(1)
        if len(tries) == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "busy")
        return answer

    return fail_once, tries


def test_a_read_is_tried_again(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """A process that is briefly unavailable is not seen by readers, over REST and gRPC."""
    asks: tuple[Callable[[], bool], ...] = (
        lambda: gateway.call("GET", "/api/analytics/workload", token=token).status == 200,
        lambda: gateway.rpc(f"{ANALYTICS}/GetWorkload", token=token).code is grpc.StatusCode.OK,
    )
    for ask in asks:
        behaviour, tries = _failing_once(analytics_pb2.Workload())
        with upstreams.memory.answering(f"{ANALYTICS}/GetWorkload", behaviour):
            assert ask()
        assert len(tries) == 2


@pytest.mark.parametrize("name", ["Login", "Refresh"])
def test_what_changes_something_is_tried_once(
    gateway: Gateway, upstreams: Upstreams, name: str
) -> None:
    """A call that may have had its effect is never sent twice."""
    behaviour, tries = _failing_once(auth_pb2.Tokens())
    with upstreams.memory.answering(f"{AUTH}/{name}", behaviour):
        assert gateway.post(f"/api/auth/{name.lower()}", {}).status == 503
    assert len(tries) == 1


def test_a_refusal_is_not_tried_again(gateway: Gateway, upstreams: Upstreams, token: str) -> None:
    """RESOURCE_EXHAUSTED means less work, not more."""
    tries = []

    def refuse(_request: object, context: grpc.ServicerContext) -> None:
        tries.append(1)
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much at once")

    with upstreams.memory.answering(f"{ANALYTICS}/GetWorkload", refuse):
        assert gateway.call("GET", "/api/analytics/workload", token=token).status == 429
    assert len(tries) == 1
