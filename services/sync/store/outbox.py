"""What auth's audit is to be told: written with what it tells of, or not at all."""

from collections.abc import Iterable, Sequence

from services.chassis.clock import Clock, system_clock
from services.chassis.mongo import Database, Document, Session, store_call
from services.chassis.refusals import count_refusal
from services.kernel.audit import AuditEvent, document_of_event, event_of_document
from services.sync.store.database import AUDIT_OUTBOX


async def note_events(database: Database, events: Iterable[AuditEvent], session: Session) -> None:
    """Keep events, within the transaction that makes them true."""
    for event in events:
        await database[AUDIT_OUTBOX].insert_one(waiting_document(event), session=session)


class AuditOutbox:
    """Keeps events until they are delivered."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._outbox = database[AUDIT_OUTBOX]
        self._clock = clock

    @store_call
    async def add(self, event: AuditEvent) -> None:
        """Keep an event of what changes nothing here."""
        await self._outbox.insert_one(waiting_document(event))

    @store_call
    async def refuse(self, event: AuditEvent) -> None:
        """Count something that was refused."""
        await count_refusal(self._outbox, event)

    @store_call
    async def waiting(self, *, most: int) -> list[AuditEvent]:
        """Give the events that have waited longest."""
        found = self._outbox.find({"due": {"$lte": self._clock()}}).sort(
            [("due", 1), ("occurred", 1)]
        )
        return [event_of_document(document) async for document in found.limit(most)]

    @store_call
    async def delivered(self, events: Sequence[AuditEvent]) -> None:
        """Forget events; one that another worker has forgotten already is no matter."""
        await self._outbox.delete_many({"_id": {"$in": [event.event_id for event in events]}})


def waiting_document(event: AuditEvent) -> Document:
    """Turn an event into the document of one that may be told at once."""
    return {**document_of_event(event), "due": 0}
