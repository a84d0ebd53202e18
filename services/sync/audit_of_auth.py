"""Auth's audit, as sync tells it of events."""

from collections.abc import Sequence
from typing import Any

import grpc

from jira_analytics.auth.v1 import internal_pb2
from jira_analytics.auth.v1.internal_pb2_grpc import InternalServiceStub
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent as Message
from services.chassis.service_calls import ServiceCalls
from services.kernel.audit import AuditEvent
from services.sync.reporting import Tell


def recorder(calls: ServiceCalls, auth: grpc.aio.Channel) -> Tell[AuditEvent]:
    """Give what tells auth of events; ServiceUnavailable where that is not known to be done."""
    stub: Any = InternalServiceStub(auth)

    async def record(events: Sequence[AuditEvent]) -> None:
        await calls(stub.RecordAuditEvents, request_of(events))

    return record


def request_of(events: Sequence[AuditEvent]) -> internal_pb2.RecordAuditEventsRequest:
    """Pack events."""
    return internal_pb2.RecordAuditEventsRequest(entries=[_entry_of(event) for event in events])


def _entry_of(event: AuditEvent) -> internal_pb2.RecordAuditEventsRequest.Entry:
    packed = Message(
        action=event.action,
        actor_id=event.actor_id,
        target_id=event.target_id,
        result=Message.SUCCEEDED if event.succeeded else Message.REFUSED,
        address_prefix=event.address_prefix,
        trace_id=event.trace_id,
        details=event.details,
        id=event.event_id,
    )
    packed.event_time.FromMilliseconds(event.occurred)
    return internal_pb2.RecordAuditEventsRequest.Entry(
        workspace_id=event.workspace_id, event=packed
    )
