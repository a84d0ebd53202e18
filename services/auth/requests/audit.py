"""Requests about audits, parsed into values that cannot be wrong, or refused with the field."""

import re
from collections.abc import Sequence
from typing import Final

from jira_analytics.auth.v1 import internal_pb2, workspace_pb2
from services.auth.domain.audit_question import Wanted
from services.auth.requests.instants import instant_of
from services.auth.requests.paging import DEFAULT_PAGE, LARGEST_PAGE, Paged
from services.kernel.audit import AuditEvent
from services.kernel.errors import InvalidField
from services.kernel.ids import WorkspaceId

LONGEST_ID: Final = 64
LONGEST_TEXT: Final = 200
MOST_DETAILS: Final = 20
MOST_ENTRIES: Final = 1000
_ACTION: Final = re.compile(r"[a-z_]{1,32}\.[a-z_]{1,32}")
_ACTIONS: Final = re.compile(rf"{_ACTION.pattern}|[a-z_]{{1,32}}\.")
_DETAIL: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SEQUENCE: Final = re.compile(r"[1-9][0-9]{0,11}")
_RESULTS: Final = {
    workspace_pb2.AuditEvent.SUCCEEDED: True,
    workspace_pb2.AuditEvent.REFUSED: False,
}


def wanted_of(request: workspace_pb2.ListAuditEventsRequest) -> Wanted:
    """Parse which events are asked for; InvalidField."""
    succeeded = None
    if request.result != workspace_pb2.AuditEvent.RESULT_UNSPECIFIED:
        succeeded = _result_of(request.result, "result")
    if request.action and not _ACTIONS.fullmatch(request.action):
        raise InvalidField("action", "write an action, or the beginning of some: member.")
    return Wanted(
        size=size_of(request),
        before=sequence_of(request) or None,
        actor_id=_id_of(request.actor_id, "actor_id"),
        action=request.action,
        target_id=_id_of(request.target_id, "target_id"),
        succeeded=succeeded,
        start=instant_of(request.start_time, name="start_time")
        if request.HasField("start_time")
        else None,
        end=instant_of(request.end_time, name="end_time") if request.HasField("end_time") else None,
    )


def size_of(request: Paged) -> int:
    """Parse how many rows a page has at most; InvalidField."""
    if not 0 <= request.page_size <= LARGEST_PAGE:
        raise InvalidField("page_size", f"write 1 to {LARGEST_PAGE}")
    return request.page_size or DEFAULT_PAGE


def sequence_of(request: Paged) -> int:
    """Parse the sequence that a page goes on from; 0 for the first page; InvalidField."""
    if not request.page_token:
        return 0
    if not _SEQUENCE.fullmatch(request.page_token):
        raise InvalidField("page_token", "this is no token of ours")
    return int(request.page_token)


def events_of(request: internal_pb2.RecordAuditEventsRequest) -> Sequence[AuditEvent]:
    """Parse events that a service reports; InvalidField where one of them cannot be kept."""
    if len(request.entries) > MOST_ENTRIES:
        raise InvalidField("entries", f"send {MOST_ENTRIES} at most")
    return [_event_of(entry.workspace_id, entry.event) for entry in request.entries]


def _event_of(workspace_id: str, reported: workspace_pb2.AuditEvent) -> AuditEvent:
    if not _ACTION.fullmatch(reported.action):
        raise InvalidField("event.action", "write an action such as connection.create")
    if len(reported.details) > MOST_DETAILS:
        raise InvalidField("event.details", f"{MOST_DETAILS} at most are kept")
    if not all(_DETAIL.fullmatch(name) for name in reported.details):
        raise InvalidField("event.details", "their names are small letters, digits and underscores")
    return AuditEvent(
        event_id=_needed(reported.id, "event.id"),
        workspace_id=WorkspaceId(_needed(workspace_id, "workspace_id")),
        occurred=instant_of(reported.event_time, name="event.event_time"),
        action=reported.action,
        actor_id=_needed(reported.actor_id, "event.actor_id"),
        target_id=_id_of(reported.target_id, "event.target_id"),
        succeeded=_result_of(reported.result, "event.result"),
        address_prefix=_id_of(reported.address_prefix, "event.address_prefix"),
        trace_id=_id_of(reported.trace_id, "event.trace_id"),
        details={
            name: _text_of(text, "event.details", LONGEST_TEXT)
            for name, text in reported.details.items()
        },
    )


def _needed(text: str, field: str) -> str:
    if not text:
        raise InvalidField(field, "this is needed")
    return _id_of(text, field)


def _id_of(text: str, field: str) -> str:
    return _text_of(text, field, LONGEST_ID)


def _text_of(text: str, field: str, longest: int) -> str:
    if len(text) > longest or not text.isprintable():
        raise InvalidField(field, f"write {longest} printable characters or fewer")
    return text


def _result_of(result: workspace_pb2.AuditEvent.Result.ValueType, field: str) -> bool:
    if result not in _RESULTS:
        raise InvalidField(field, "write SUCCEEDED or REFUSED")
    return _RESULTS[result]
