"""Events on their way into the audit: written with what they tell of, or not at all.

Whatever changes something writes its events in the same transaction. They wait here for their place
in the workspace's chain, so that no two changes have to wait for each other.
"""

from collections.abc import Iterable

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.audit import AuditEvent
from services.auth.store.collections import AUDIT_INBOX
from services.chassis.mongo import Database, Document, store_call
from services.kernel.ids import WorkspaceId


class AuditInbox:
    """Takes events of what changes nothing, such as a refused sign-in."""

    def __init__(self, database: Database) -> None:
        self._inbox = database[AUDIT_INBOX]

    @store_call
    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""
        await self._inbox.insert_one(document_of_event(event))


async def note_events(
    database: Database, events: Iterable[AuditEvent], session: AsyncClientSession
) -> None:
    """Keep events, within the transaction that makes them true."""
    for event in events:
        await database[AUDIT_INBOX].insert_one(document_of_event(event), session=session)


def document_of_event(event: AuditEvent) -> Document:
    """Turn an event into its document."""
    return {
        "_id": event.event_id,
        "workspace_id": event.workspace_id,
        "occurred": event.occurred,
        "action": event.action,
        "actor_id": event.actor_id,
        "target_id": event.target_id,
        "succeeded": event.succeeded,
        "address_prefix": event.address_prefix,
        "trace_id": event.trace_id,
        "details": [[name, text] for name, text in sorted(event.details.items())],
    }


def event_of(document: Document) -> AuditEvent:
    """Turn a document back into the event it was made of."""
    return AuditEvent(
        event_id=document["_id"],
        workspace_id=WorkspaceId(document["workspace_id"]),
        occurred=document["occurred"],
        action=document["action"],
        actor_id=document["actor_id"],
        target_id=document["target_id"],
        succeeded=document["succeeded"],
        address_prefix=document["address_prefix"],
        trace_id=document["trace_id"],
        details=dict(document["details"]),
    )
