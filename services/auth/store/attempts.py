"""Failed attempts in MongoDB, forgotten by the server when they count no more."""

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.backoff import NONE, Failures, one_more
from services.auth.store.audit_inbox import note_events, strangers_forgotten
from services.auth.store.collections import ATTEMPTS, STRANGERS
from services.auth.store.turns import Turns
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import AuditEvent, document_of_event
from services.kernel.ids import Instant


class AttemptStore:
    """Counts failed attempts by key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._attempts = database[ATTEMPTS]
        self._turns = Turns()

    @store_call
    async def failures(self, key: str) -> Failures:
        """Tell what failed."""
        return failures_of(await self._attempts.find_one({"_id": key}))

    async def add(self, key: str, event: AuditEvent, *, now: Instant) -> Failures:
        """Count a failure and note its event; gives what had failed before it.

        Where the event is in no workspace, because there is no such account, it is written
        elsewhere: both cost the same.
        """
        async with self._turns.of(key):
            return await self._add(key, event, now)

    @store_call
    async def forget(self, key: str) -> None:
        """Forget what failed."""
        await self._attempts.delete_one({"_id": key})

    @store_call
    async def _add(self, key: str, event: AuditEvent, now: Instant) -> Failures:
        async def write(session: AsyncClientSession) -> Failures:
            before = failures_of(await self._attempts.find_one({"_id": key}, session=session))
            after = one_more(before, now=now)
            kept = {
                "count": after.count,
                "last": after.last,
                "expires_at": DatetimeMS(after.forgotten),
            }
            await self._attempts.replace_one({"_id": key}, kept, upsert=True, session=session)
            if event.workspace_id:
                await note_events(self._database, [event], session)
            else:
                await self._note_stranger(event, session)
            return before

        return await in_transaction(self._database, write)

    async def _note_stranger(self, event: AuditEvent, session: AsyncClientSession) -> None:
        document = {**document_of_event(event), "expires_at": strangers_forgotten(event)}
        await self._database[STRANGERS].insert_one(document, session=session)


def failures_of(document: Document | None) -> Failures:
    """Turn a document back into what failed."""
    return Failures(document["count"], document["last"]) if document else NONE
