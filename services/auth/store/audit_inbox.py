"""Events on their way into the audit: written with what they tell of, or not at all.

Whatever changes something writes its events in the same transaction. They wait here for their place
in the workspace's chain, so that no two changes have to wait for each other.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError

from services.auth.store.collections import AUDIT_INBOX, STRANGERS
from services.chassis.mongo import Database, Document, store_call
from services.chassis.refusals import count_refusal
from services.kernel.audit import AuditEvent, document_of_event

DUPLICATE_KEY: Final = 11000
STRANGERS_KEPT_MILLISECONDS: Final = 24 * 3600 * 1000


class AuditInbox:
    """Takes events of what changes nothing, such as a refused sign-in."""

    def __init__(self, database: Database) -> None:
        self._inbox = database[AUDIT_INBOX]
        self._strangers = database[STRANGERS]

    @store_call
    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""
        await self._inbox.insert_one(waiting_document(event))

    @store_call
    async def refuse(self, event: AuditEvent) -> None:
        """Count something that was refused: with strangers, at the same cost, in no workspace."""
        if event.workspace_id:
            await count_refusal(self._inbox, event)
        else:
            await count_refusal(self._strangers, event, expires_at=strangers_forgotten(event))

    @store_call
    async def add_once(self, events: Sequence[AuditEvent]) -> None:
        """Keep events that may have been kept before: those are let be."""
        try:
            documents = [waiting_document(event) for event in events]
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
        await database[AUDIT_INBOX].insert_one(waiting_document(event), session=session)


def waiting_document(event: AuditEvent) -> Document:
    """Turn an event into the document of one that may be given its place at once."""
    return {**document_of_event(event), "due": 0}


def strangers_forgotten(event: AuditEvent) -> DatetimeMS:
    """Tell when an event of nobody we know is forgotten."""
    return DatetimeMS(event.occurred + STRANGERS_KEPT_MILLISECONDS)
