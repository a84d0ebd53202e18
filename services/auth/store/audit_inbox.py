"""Events on their way into the audit: written with what they tell of, or not at all.

Whatever changes something writes its events in the same transaction. They wait here for their place
in the workspace's chain, so that no two changes have to wait for each other.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError

from services.auth.store.collections import AUDIT_INBOX
from services.chassis.mongo import Database, store_call
from services.kernel.audit import AuditEvent, document_of_event

__all__ = ["DUPLICATE_KEY", "AuditInbox", "document_of_event", "note_events"]

DUPLICATE_KEY: Final = 11000


class AuditInbox:
    """Takes events of what changes nothing, such as a refused sign-in."""

    def __init__(self, database: Database) -> None:
        self._inbox = database[AUDIT_INBOX]

    @store_call
    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""
        await self._inbox.insert_one(document_of_event(event))

    @store_call
    async def add_once(self, events: Sequence[AuditEvent]) -> None:
        """Keep events that may have been kept before: those are let be."""
        try:
            documents = [document_of_event(event) for event in events]
            await self._inbox.insert_many(documents, ordered=False)
        except BulkWriteError as some:
            errors = some.details["writeErrors"]
            if any(error["code"] != DUPLICATE_KEY for error in errors):
                raise


async def note_events(
    database: Database, events: Iterable[AuditEvent], session: AsyncClientSession
) -> None:
    """Keep events, within the transaction that makes them true."""
    for event in events:
        await database[AUDIT_INBOX].insert_one(document_of_event(event), session=session)
