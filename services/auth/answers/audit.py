"""Audits, packed into the contract's messages."""

from jira_analytics.auth.v1 import workspace_pb2
from services.auth.answers.tokens import timestamp
from services.auth.domain.audit_chain import Row, SignedCheckpoint


def event_message(row: Row) -> workspace_pb2.AuditEvent:
    """Pack an event in its place."""
    event = row.event
    result = workspace_pb2.AuditEvent
    return workspace_pb2.AuditEvent(
        sequence=row.sequence,
        segment=row.segment,
        event_time=timestamp(event.occurred),
        action=event.action,
        actor_id=event.actor_id,
        target_id=event.target_id,
        result=result.SUCCEEDED if event.succeeded else result.REFUSED,
        address_prefix=event.address_prefix,
        trace_id=event.trace_id,
        details=event.details,
        id=event.event_id,
        hash=row.hash,
        previous_hash=row.previous_hash,
    )


def checkpoint_message(signed: SignedCheckpoint) -> workspace_pb2.AuditCheckpoint:
    """Pack a checkpoint."""
    one = signed.checkpoint
    return workspace_pb2.AuditCheckpoint(
        segment=one.segment.name,
        first_sequence=one.segment.first_sequence,
        last_sequence=one.last_sequence,
        last_hash=one.last_hash,
        create_time=timestamp(one.created),
        signature=signed.signature,
        open=one.open,
    )
