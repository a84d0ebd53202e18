"""Events that services report: taken as they are, or refused with the field that is wrong."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.auth.v1 import internal_pb2
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent, ListAuditEventsRequest
from services.auth.requests.audit import MOST_DETAILS, MOST_ENTRIES, events_of, wanted_of
from services.kernel import audit
from services.kernel.errors import InvalidField
from services.kernel.ids import WorkspaceId
from services.sync.audit_of_auth import request_of

REPORTED = audit.AuditEvent(
    event_id="evt_1",
    workspace_id=WorkspaceId("wsp_1"),
    occurred=1_800_000_000_123,
    action="connection.create",
    actor_id="usr_1",
    target_id="con_1",
    succeeded=False,
    address_prefix="192.0.2.0/24",
    trace_id="a" * 32,
    details={"source": "JIRA_CLOUD"},
)


def test_what_is_packed_is_what_is_parsed() -> None:
    """Nothing of an event is lost on its way from one service to the other."""
    assert events_of(request_of([REPORTED])) == [REPORTED]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action", "connection"),
        ("action", "Connection.create"),
        ("action", ""),
        ("actor_id", ""),
        ("id", ""),
        ("id", "x" * 65),
        ("result", AuditEvent.RESULT_UNSPECIFIED),
        ("result", 7),
        ("trace_id", "a\nb"),
        ("target_id", "x" * 65),
    ],
)
def test_what_cannot_be_kept_is_refused(field: str, value: Any) -> None:
    request = request_of([REPORTED])
    setattr(request.entries[0].event, field, value)
    with pytest.raises(InvalidField) as refused:
        events_of(request)
    assert refused.value.metadata["field"] == f"event.{field}"


@pytest.mark.parametrize(
    "details",
    [
        {f"name_{number}": "" for number in range(MOST_DETAILS + 1)},
        {"Name": ""},
        {"": ""},
        {"n\u00e4me": ""},
        {"name": "x" * 201},
        {"name": "a\x00b"},
    ],
)
def test_details_that_cannot_be_kept_are_refused(details: dict[str, str]) -> None:
    """Their names are ASCII, so that there is one order to write them in."""
    request = request_of([REPORTED])
    request.entries[0].event.details.update(details)
    with pytest.raises(InvalidField, match=r"details|printable"):
        events_of(request)


def test_an_event_belongs_to_a_workspace_and_a_time() -> None:
    request = request_of([REPORTED])
    request.entries[0].workspace_id = ""
    with pytest.raises(InvalidField, match="needed"):
        events_of(request)
    request = request_of([REPORTED])
    request.entries[0].event.event_time.seconds = -1
    with pytest.raises(InvalidField, match="1970"):
        events_of(request)


def test_a_batch_has_its_limit() -> None:
    entry = request_of([REPORTED]).entries[0]
    many = internal_pb2.RecordAuditEventsRequest(entries=[entry] * (MOST_ENTRIES + 1))
    with pytest.raises(InvalidField, match=str(MOST_ENTRIES)):
        events_of(many)


@pytest.mark.parametrize("seconds", [-62_135_596_801, -1, 253_402_300_800, -(2**63), 2**63 - 1])
def test_what_is_no_instant_is_refused(seconds: int) -> None:
    """Also what no calendar has: it is a wrong field, and no trouble of ours."""
    asked = ListAuditEventsRequest(start_time=Timestamp(seconds=seconds))
    with pytest.raises(InvalidField) as refused:
        wanted_of(asked)
    assert refused.value.metadata["field"] == "start_time"
    reported = request_of([REPORTED])
    reported.entries[0].event.event_time.seconds = seconds
    with pytest.raises(InvalidField):
        events_of(reported)
