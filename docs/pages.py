"""Writes the pages of docs/ that a machine keeps honest: settings.md and errors.md."""

import json
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from services.analytics.settings import AnalyticsSettings
from services.auth.settings import AuthSettings
from services.sync.settings import SyncSettings, WorkerSettings

DOCS = Path(__file__).resolve().parent
REASONS = "jira_analytics/errors/v1/reason.proto"
PROCESSES: tuple[tuple[str, type[BaseSettings]], ...] = (
    ("auth (`python -m services.auth`)", AuthSettings),
    ("analytics (`python -m services.analytics`)", AnalyticsSettings),
    ("sync API (`python -m services.sync`)", SyncSettings),
    ("sync worker (`python -m services.sync.worker`)", WorkerSettings),
)
# How Envoy turns a gRPC status into one of HTTP (google/rpc/code.proto).
HTTP_STATUS = {
    "INVALID_ARGUMENT": HTTPStatus.BAD_REQUEST,
    "FAILED_PRECONDITION": HTTPStatus.BAD_REQUEST,
    "UNAUTHENTICATED": HTTPStatus.UNAUTHORIZED,
    "PERMISSION_DENIED": HTTPStatus.FORBIDDEN,
    "NOT_FOUND": HTTPStatus.NOT_FOUND,
    "ALREADY_EXISTS": HTTPStatus.CONFLICT,
    "RESOURCE_EXHAUSTED": HTTPStatus.TOO_MANY_REQUESTS,
    "INTERNAL": HTTPStatus.INTERNAL_SERVER_ERROR,
    "UNAVAILABLE": HTTPStatus.SERVICE_UNAVAILABLE,
    "DEADLINE_EXCEEDED": HTTPStatus.GATEWAY_TIMEOUT,
}


def settings_page() -> str:
    """Write every environment variable that a process reads."""
    parts = [
        "# Settings",
        (
            "Written by `make docs` from the code. Each process reads its settings from the "
            "environment once, when it starts, and names all that is wrong in one message."
        ),
    ]
    for name, kind in PROCESSES:
        rows = sorted(_rows(kind))
        table = "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])
        parts.append(f"## {name}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def _rows(kind: type[BaseSettings]) -> Iterator[str]:
    for concern, field in kind.model_fields.items():
        group = field.annotation
        if not (isinstance(group, type) and issubclass(group, BaseModel)):
            continue
        for name, setting in group.model_fields.items():
            variable = f"{concern}_{name}".upper()
            yield f"| `{variable}` | {_default(setting)} | {setting.description} |"


def _default(setting: FieldInfo) -> str:
    if setting.is_required():
        return "**required**"
    value: Any = setting.default
    return "none" if value in (None, ()) else f"`{value}`"


def errors_page() -> str:
    """Write every reason with its meaning and an example, from the contract's comments."""
    parts = [
        "# Errors",
        (
            "Written by `make docs` from the contract. An error is a `google.rpc.Status` with one "
            "`google.rpc.ErrorInfo`: over gRPC in `grpc-status-details-bin`, over REST as this "
            "JSON, whoever says it. Rely on `reason`; sentences may change."
        ),
    ]
    for reason, comment in _reasons():
        status = comment.split(":")[0]
        text = [f"## {reason}", comment]
        if status in HTTP_STATUS:
            text.append(f"```json\n{_example(reason, status)}\n```")
            text[0] += f" — {status}, HTTP {HTTP_STATUS[status].value}"
        parts.append("\n\n".join(text))
    return "\n\n".join(parts) + "\n"


def _example(reason: str, status: str) -> str:
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "jira-analytics",
        "metadata": {},
    }
    code = grpc.StatusCode[status].value[0]
    return json.dumps(
        {"code": code, "message": "…", "details": [detail]}, indent=2, ensure_ascii=False
    )


def _reasons() -> Iterator[tuple[str, str]]:
    image = FileDescriptorSet.FromString((DOCS.parent / "gen" / "api.binpb").read_bytes())
    file = next(file for file in image.file if file.name == REASONS)
    values = file.message_type[0].enum_type[0].value
    said = {
        location.path[-1]: " ".join(location.leading_comments.split())
        for location in file.source_code_info.location
        if list(location.path[:-1]) == [4, 0, 4, 0, 2]
    }
    for index, value in enumerate(values):
        if value.number:
            yield value.name, said[index]


PAGES = {"settings.md": settings_page, "errors.md": errors_page}


def main() -> int:
    """Write the pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
