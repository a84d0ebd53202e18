"""What auth's audit is to be told: written with what it tells of, or not at all."""

from collections.abc import Iterable, Sequence

from services.chassis.mongo import Database, Session, store_call
from services.kernel.audit import AuditEvent, document_of_event, event_of_document
from services.sync.store.database import AUDIT_OUTBOX


async def note_events(database: Database, events: Iterable[AuditEvent], session: Session) -> None:
    """Keep events, within the transaction that makes them true."""
    for event in events:
        await database[AUDIT_OUTBOX].insert_one(document_of_event(event), session=session)


class AuditOutbox:
    """Keeps events until they are delivered."""

    def __init__(self, database: Database) -> None:
        self._outbox = database[AUDIT_OUTBOX]

    @store_call
    async def waiting(self, *, most: int) -> list[AuditEvent]:
        """Give the events that have waited longest."""
        found = self._outbox.find({}).sort("occurred", 1).limit(most)
        return [event_of_document(document) async for document in found]

    @store_call
    async def delivered(self, events: Sequence[AuditEvent]) -> None:
        """Forget events; one that another worker has forgotten already is no matter."""
        await self._outbox.delete_many({"_id": {"$in": [event.event_id for event in events]}})
