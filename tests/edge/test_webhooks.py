"""A site's webhook comes through byte for byte, with its headers, whatever its query says."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.empty_pb2 import Empty

from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import Upstreams

RECEIVE = "/jira_analytics.sync.v1.SyncService/ReceiveJiraWebhook"
PATH = "/api/webhooks/jira/con_1"
JSON = ("content-type", "application/json")
SIGNED = [JSON, ("x-hub-signature", "sha256=00"), ("x-atlassian-webhook-identifier", "d-1")]
BODIES = {
    "as Jira writes it": b'{"timestamp":1,"issue":{"id":"1"}}',
    "written otherwise": b' {\t"issue" : {"id":\n"\\u0031"}, "timestamp": 1.0 }\r\n',
    "a field twice": b'{"a":1,"a":2}',
    "no UTF-8": b'"\xff\xfe\x00"',
    "no JSON": b"%PDF",
    "large": json.dumps({"x": "\u00fc" * 150_000}).encode(),
}


@contextmanager
def heard(upstreams: Upstreams) -> Iterator[list[tuple[Any, list[tuple[str, str]]]]]:
    """Give what comes: each request with all of its metadata."""
    calls: list[tuple[Any, list[tuple[str, str]]]] = []

    def note(request: Any, context: grpc.ServicerContext) -> Empty:
        calls.append((request, [(key, str(value)) for key, value in context.invocation_metadata()]))
        return Empty()

    with upstreams.memory.answering(RECEIVE, note):
        yield calls


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_bytes_are_those_that_were_signed(
    gateway: Gateway, upstreams: Upstreams, body: bytes
) -> None:
    """Not a byte is other, over HTTP/1.1 with a length and in chunks, and over HTTP/2."""
    with heard(upstreams) as calls:
        assert gateway.call("POST", PATH, headers=SIGNED, body=body).status == 200
        with httpx.Client(verify=gateway.trust, trust_env=False) as client:
            parts = iter([body[:3], body[3:]])
            url = f"https://localhost:{gateway.port}{PATH}"
            assert client.post(url, content=parts, headers=SIGNED).status_code == 200
    assert [request.body.data for request, _ in calls] == [body] * 2
    for request, metadata in calls:
        assert request.connection_id == "con_1"
        assert request.body.content_type == "application/json"
        assert dict(metadata)["x-hub-signature"] == "sha256=00"
        assert dict(metadata)["x-atlassian-webhook-identifier"] == "d-1"
    assert hashlib.sha256(calls[0][0].body.data).digest() == hashlib.sha256(body).digest()


@pytest.mark.parametrize(
    "query", ["user_id=712020%3Aab&user_key=712020%3Aab", "a", "issue_key=AB-1&x.y=1&timestamp=z"]
)
def test_what_a_site_adds_to_the_query_is_ignored(
    gateway: Gateway, upstreams: Upstreams, query: str
) -> None:
    """Refused, the webhook would be lost: Jira does not send again what was answered with 400."""
    with heard(upstreams) as calls:
        assert gateway.call("POST", f"{PATH}?{query}", headers=SIGNED, body=b"{}").status == 200
    assert [(request.connection_id, request.body.data) for request, _ in calls] == [
        ("con_1", b"{}")
    ]


@pytest.mark.parametrize("name", ["connection_id", "connectionId", "connection%5Fid"])
def test_the_query_names_no_other_connection(
    gateway: Gateway, upstreams: Upstreams, name: str
) -> None:
    """What the path says holds."""
    with heard(upstreams) as calls:
        answer = gateway.call("POST", f"{PATH}?{name}=con_2", headers=SIGNED, body=b"{}")
    assert (answer.status, calls) == (400, [])


def test_a_signature_twice_is_seen_to_be_there_twice(
    gateway: Gateway, upstreams: Upstreams
) -> None:
    """The service refuses it: it must not look like one."""
    twice = [*SIGNED, ("X-Hub-Signature", "sha256=11")]
    with heard(upstreams) as calls:
        assert gateway.call("POST", PATH, headers=twice, body=b"{}").status == 200
    [(_, metadata)] = calls
    found = [value for key, value in metadata if key == "x-hub-signature"]
    assert found in (["sha256=00", "sha256=11"], ["sha256=00,sha256=11"])


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_a_post_is_let_in(gateway: Gateway, upstreams: Upstreams, verb: str) -> None:
    """Any other verb needs a token, and finds nothing with one."""
    with heard(upstreams) as calls:
        assert gateway.call(verb, PATH, headers=SIGNED).status == 401
    assert calls == []


def test_a_body_that_is_too_large_comes_no_further(gateway: Gateway, upstreams: Upstreams) -> None:
    """Nobody computes a signature over more than a megabyte."""
    with heard(upstreams) as calls:
        answer = gateway.call("POST", PATH, headers=SIGNED, body=b" " * (1 << 20) + b"{}")
    assert (answer.status, calls) == (413, [])


def test_a_connection_has_its_own_limit(limited: Gateway) -> None:
    """600 at once, from wherever they come and whatever their query; another connection is free."""

    def sent(connection: str, number: int) -> int:
        target = f"/api/webhooks/jira/{connection}?user_id={number}"
        address = f"127.0.9.{number % 7 + 1}"
        return gateway_call(limited, target, address)

    first = [sent("con_a", number) for number in range(600)]
    assert set(first) == {200}
    assert 429 in (sent("con_a", number) for number in range(600))
    assert sent("con_b", 1) == 200


def gateway_call(gateway: Gateway, target: str, address: str) -> int:
    return gateway.call("POST", target, headers=SIGNED, body=b"{}", address=address).status
