"""What came back, over HTTP/1.1 and over gRPC."""

import json
from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

CANARY = "canary7291"
"""A word that tests put into requests, and that must not be in an answer."""
INSIDE = ("envoy", "upstream", "127.0.0.1", "jwt", "transcod", "localhost", "cluster")
"""Words that only somebody inside would know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP/1.1."""

    status: int
    headers: dict[str, str]
    """By name in small letters; a header sent twice is joined with commas."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """ErrorInfo's reason, after a look that the whole has the one shape of errors."""
        assert self.headers["content-type"] == "application/json"
        body = self.json
        assert set(body) == {"code", "message", "details"}, body
        (detail,) = body["details"]
        assert detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
        assert detail["domain"] == "jira-analytics"
        assert set(detail) == {"@type", "reason", "domain", "metadata"}
        return str(detail["reason"])


@dataclass(frozen=True, slots=True)
class GrpcAnswer:
    """What came back over gRPC."""

    code: grpc.StatusCode
    message: str
    trailers: dict[str, str | bytes]
    messages: list[bytes]

    @property
    def reason(self) -> str:
        """ErrorInfo's reason, after a look that the status says the same twice."""
        encoded = self.trailers["grpc-status-details-bin"]
        assert isinstance(encoded, bytes)
        status = status_pb2.Status.FromString(encoded)
        assert (status.code, status.message) == (self.code.value[0], self.message)
        info = error_details_pb2.ErrorInfo()
        (detail,) = status.details
        assert detail.Unpack(info)
        assert info.domain == "jira-analytics"
        return str(info.reason)


def ask(channel: grpc.Channel, path: str, request: bytes, token: str | None) -> GrpcAnswer:
    """Call a method, whether it streams or not, and take what comes."""
    metadata = () if token is None else (("authorization", f"Bearer {token}"),)
    call: Any = channel.unary_stream(path, _as_is, _as_is)(request, timeout=10, metadata=metadata)
    messages = []
    try:
        messages.extend(call)
    except grpc.RpcError as error:
        if error is not call:
            raise
    return GrpcAnswer(call.code(), call.details(), dict(call.trailing_metadata()), messages)


def _as_is(message: bytes) -> bytes:
    return message


def assert_silent(answer: Answer) -> None:
    """Nothing of the request, of Envoy or of what is behind it is said, in headers and body."""
    said = (answer.body.decode() + str(answer.headers)).lower()
    assert not [word for word in (CANARY, *INSIDE) if word in said], said
