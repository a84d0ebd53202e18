"""The access log: one JSON line a request, and so the log of every read that went well.

It holds no query, no header of the client and no body, and so neither tokens nor passwords.
"""

from services.gateway.deployment import Deployment
from services.gateway.limits import CLAIMS, JWT_FILTER
from services.gateway.messages import Message, all_of, any_of, extension, speaks_grpc, status
from services.gateway.replies import CORRELATION_ID

CACHE_METADATA = "jira_analytics.cache"
CACHE_KEY = "hit"
# The gRPC codes whose HTTP status is 5xx, UNIMPLEMENTED aside: here it is the caller's mistake.
FAULTS = ["UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]
REFUSALS = [
    "CANCELED",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "UNAUTHENTICATED",
]


def access_loggers(deployment: Deployment) -> list[Message]:
    """One logger for each level, and two where the answer may come from a cache."""
    speaks_rest = speaks_grpc(is_so=False)
    info = any_of(
        [all_of([speaks_rest, status("LE", 399)]), all_of([speaks_grpc(), _grpc_status(["OK"])])]
    )
    warning = any_of(
        [
            all_of([speaks_rest, status("GE", 400), status("LE", 499)]),
            all_of([speaks_grpc(), _grpc_status(REFUSALS)]),
        ]
    )
    error = any_of(
        [all_of([speaks_rest, status("GE", 500)]), all_of([speaks_grpc(), _grpc_status(FAULTS)])]
    )
    return [
        _logger(deployment, "info", all_of([info, _cache(is_hit=True)]), cache_hit=True),
        _logger(deployment, "info", all_of([info, _cache(is_hit=False)])),
        _logger(deployment, "warning", warning),
        _logger(deployment, "error", error, correlation_id=CORRELATION_ID),
    ]


def cache_reader() -> Message:
    """Note `x-cache-hit`; CEL reading it in the log would cost some 65 µs a request."""
    rule = {
        "header": "x-cache-hit",
        "on_header_present": {
            "metadata_namespace": CACHE_METADATA,
            "key": CACHE_KEY,
            "type": "STRING",
        },
    }
    return extension(
        "cache_reader",
        "envoy.extensions.filters.http.header_to_metadata.v3.Config",
        response_rules=[rule],
    )


def _cache(*, is_hit: bool) -> Message:
    """Split all answers in two: `true`, and everything else or nothing."""
    value = {"prefix": "t"} if is_hit else {"safe_regex": {"regex": "([^t].*)?"}}
    matcher: Message = {
        "filter": CACHE_METADATA,
        "path": [{"key": CACHE_KEY}],
        "value": {"string_match": value},
    }
    return {"metadata_filter": {"matcher": matcher, "match_if_key_not_found": not is_hit}}


def _grpc_status(statuses: list[str]) -> Message:
    return {"grpc_status_filter": {"statuses": statuses}}


def _logger(deployment: Deployment, level: str, filter_: Message, **more: str | bool) -> Message:
    return {
        "filter": filter_,
        **extension(
            "envoy.access_loggers.file",
            "envoy.extensions.access_loggers.file.v3.FileAccessLog",
            path=str(deployment.access_log),
            log_format={"json_format": _line(level) | more},
        ),
    }


def _line(level: str) -> Message:
    return {
        "timestamp": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
        "level": level,
        "service": "gateway",
        "trace_id": "%TRACE_ID%",
        "user_id": f"%DYNAMIC_METADATA({JWT_FILTER}:{CLAIMS}:sub)%",
        "workspace_id": f"%DYNAMIC_METADATA({JWT_FILTER}:{CLAIMS}:wid)%",
        "endpoint": "%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD)% %PATH(NQ)%",
        "latency_ms": "%DURATION%",
        "cache_hit": False,
        "message": "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS%",
        "grpc_status": "%GRPC_STATUS(SNAKE_STRING)%",
        "response_flags": "%RESPONSE_FLAGS%",
        "upstream": "%UPSTREAM_HOST%",
    }
