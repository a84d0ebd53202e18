"""What the gateway answers itself: one JSON shape, fixed words, and the same as a gRPC status.

Envoy's own words are never passed on: they name upstreams, headers and the request's address.
"""

import base64
from dataclasses import dataclass

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from jira_analytics.errors.v1 import reason_pb2
from services.gateway.messages import (
    Message,
    all_of,
    header,
    speaks_grpc,
    status,
)

DOMAIN = "jira-analytics"
# The trace's id is not known where local replies are written.
CORRELATION_ID = "%REQ(X-REQUEST-ID)%"
HEALTHY: Message = {"status": "SERVING"}

Reason = reason_pb2.Error


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: to an HTTP status or, for gRPC clients, instead of it."""

    http_status: int
    code: code_pb2.Code.ValueType
    reason: reason_pb2.Error.Reason.ValueType
    message: str
    grpc_code: code_pb2.Code.ValueType | None = None
    """What gRPC clients get where it differs from `code`."""

    @property
    def metadata(self) -> dict[str, str]:
        """What finds an internal error in the log, for REST clients."""
        return {"correlation_id": CORRELATION_ID} if self.code == code_pb2.INTERNAL else {}

    def as_json(self) -> Message:
        """Render the body for REST clients: google.rpc.Status as JSON."""
        return {
            "code": self.code,
            "message": self.message,
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": Reason.Reason.Name(self.reason),
                    "domain": DOMAIN,
                    "metadata": self.metadata,
                }
            ],
        }

    def as_trailers(self) -> dict[str, str]:
        """Render the status for gRPC clients: its code, and google.rpc.Status in binary form."""
        info = error_details_pb2.ErrorInfo(reason=Reason.Reason.Name(self.reason), domain=DOMAIN)
        detail = any_pb2.Any()
        detail.Pack(info)
        code = self.code if self.grpc_code is None else self.grpc_code
        whole = status_pb2.Status(code=code, message=self.message, details=[detail])
        encoded = base64.b64encode(whole.SerializeToString()).decode().rstrip("=")
        return {"grpc-status": str(int(code)), "grpc-status-details-bin": encoded}


REPLIES = (
    Reply(
        400,
        code_pb2.INVALID_ARGUMENT,
        Reason.INVALID_FIELD,
        "the request does not fit the contract: an unknown query parameter, a value of the wrong "
        "kind, or a body that cannot be read",
    ),
    Reply(401, code_pb2.UNAUTHENTICATED, Reason.TOKEN_INVALID, "a valid access token is needed"),
    # Envoy's answer to one thing alone: a token that holds, but was made for somebody else.
    Reply(
        403,
        code_pb2.PERMISSION_DENIED,
        Reason.TOKEN_INVALID,
        "the access token is meant for another audience",
    ),
    # gRPC's own word for a method that is not there.
    Reply(
        404,
        code_pb2.NOT_FOUND,
        Reason.NOT_FOUND,
        "there is no such address",
        code_pb2.UNIMPLEMENTED,
    ),
    Reply(
        408,
        code_pb2.DEADLINE_EXCEEDED,
        Reason.DEADLINE_EXCEEDED,
        "the request did not arrive in time",
    ),
    Reply(413, code_pb2.INVALID_ARGUMENT, Reason.INVALID_FIELD, "the request's body is too large"),
    Reply(429, code_pb2.RESOURCE_EXHAUSTED, Reason.RATE_LIMITED, "too many requests"),
    Reply(
        431, code_pb2.INVALID_ARGUMENT, Reason.INVALID_FIELD, "the request's headers are too large"
    ),
    Reply(503, code_pb2.UNAVAILABLE, Reason.SERVICE_UNAVAILABLE, "the service does not answer now"),
    Reply(
        504,
        code_pb2.DEADLINE_EXCEEDED,
        Reason.DEADLINE_EXCEEDED,
        "the service did not answer in time",
    ),
)
# Whatever else Envoy may come to say.
OTHERS = (
    (500, Reply(500, code_pb2.INTERNAL, Reason.INTERNAL, "internal error")),
    (
        400,
        Reply(
            400, code_pb2.INVALID_ARGUMENT, Reason.INVALID_FIELD, "the request cannot be accepted"
        ),
    ),
)
# RFC 6750 wants the scheme; Envoy's own header repeats the request's address.
CHALLENGE = header("www-authenticate", f'Bearer realm="{DOMAIN}", error="invalid_token"')


def local_replies() -> Message:
    """Render the whole of `local_reply_config`; the first mapper that fits is taken."""
    cases = [(reply, status("EQ", reply.http_status)) for reply in REPLIES]
    cases += [(reply, status("GE", lowest)) for lowest, reply in OTHERS]
    return {
        "mappers": [
            *(_to_grpc(reply, filter_) for reply, filter_ in cases),
            *(_to_rest(reply, filter_) for reply, filter_ in cases),
            {"filter": status("EQ", 200), "body_format_override": _json(HEALTHY)},
        ]
    }


def _to_grpc(reply: Reply, filter_: Message) -> Message:
    return {
        "filter": all_of([speaks_grpc(), filter_]),
        "body_format_override": {"text_format_source": {"inline_string": reply.message}},
        "headers_to_add": [header(key, value) for key, value in reply.as_trailers().items()],
    }


def _to_rest(reply: Reply, filter_: Message) -> Message:
    mapper: Message = {"filter": filter_, "body_format_override": _json(reply.as_json())}
    if reply.code == code_pb2.UNAUTHENTICATED:
        mapper["headers_to_add"] = [CHALLENGE]
    return mapper


def _json(body: Message) -> Message:
    return {"json_format": body, "content_type": "application/json"}
