"""The few shapes that Envoy's configuration repeats everywhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.gateway.deployment import Endpoint

Message = dict[str, Any]
"""A message of Envoy's API in its JSON form; Envoy itself checks its fields when it loads it."""

TYPE_PREFIX = "type.googleapis.com/"
OVERWRITE = "OVERWRITE_IF_EXISTS_OR_ADD"


def typed(message: str, **fields: object) -> Message:
    """Make a message that says its own type, for Envoy's `Any` fields."""
    return {"@type": TYPE_PREFIX + message, **fields}


def extension(name: str, message: str, **fields: object) -> Message:
    """Make a named extension with its configuration."""
    return {"name": name, "typed_config": typed(message, **fields)}


def from_file(path: Path) -> Message:
    """Read configuration from a file that is replaced by rename."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}


def socket_address(endpoint: Endpoint) -> Message:
    """Render an address of TCP."""
    return {"socket_address": {"address": endpoint.address, "port_value": endpoint.port}}


def seconds(count: int) -> str:
    """Render a span of time."""
    return f"{count}s"


def header(key: str, value: str, *, action: str = OVERWRITE) -> Message:
    """Set a header."""
    return {"header": {"key": key, "value": value}, "append_action": action}


def all_of(filters: Iterable[Message]) -> Message:
    """Hold where all of two or more filters of the access log hold."""
    return {"and_filter": {"filters": list(filters)}}


def any_of(filters: Iterable[Message]) -> Message:
    """Hold where one of two or more filters of the access log holds."""
    return {"or_filter": {"filters": list(filters)}}


def status(comparison: str, code: int) -> Message:
    """Hold where the HTTP status compares so; `comparison` is EQ, GE or LE."""
    value = {"default_value": code, "runtime_key": f"gateway.status.{comparison}.{code}"}
    return {"status_code_filter": {"comparison": {"op": comparison, "value": value}}}


CLIENT_CONTENT_TYPE = "x-client-content-type"
"""The content type that the client sent: the transcoder and gRPC-Web rewrite the header itself."""


def speaks_grpc(*, is_so: bool = True) -> Message:
    """Hold where the client speaks gRPC, gRPC-Web included."""
    match: Message = {
        "name": CLIENT_CONTENT_TYPE,
        "string_match": {"prefix": "application/grpc"},
        # Without the header a matcher never holds, and so would never hold inverted.
        "treat_missing_header_as_empty": True,
    }
    return {"header_filter": {"header": match if is_so else match | {"invert_match": True}}}
