"""Signing keys in MongoDB, encrypted."""

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from services.auth.domain.sealed_key import SealedKey
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import KEYS
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import AuditEvent


class KeyStore:
    """Keeps signing keys; a generation is an `_id`, so that one process wins it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = database[KEYS]

    @store_call
    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""
        documents = await self._keys.find({}).sort("_id", 1).to_list()
        return [key_of(document) for document in documents]

    @store_call
    async def add(self, key: SealedKey, *events: AuditEvent) -> None:
        """Keep a key, unless its generation is taken: then nothing is done."""

        async def write(session: AsyncClientSession) -> None:
            await self._keys.insert_one(document_of(key), session=session)
            await note_events(self._database, events, session)

        try:
            await in_transaction(self._database, write)
        except DuplicateKeyError:
            return

    @store_call
    async def forget(self, generation: int) -> None:
        """Delete what is secret of a key; that there was one stays known."""
        await self._keys.update_one({"_id": generation}, {"$set": {"sealed": b""}})


def document_of(key: SealedKey) -> Document:
    """Turn a key into its document."""
    return {
        "_id": key.generation,
        "key_id": key.key_id,
        "sealed": key.sealed,
        "created": key.created,
        "signs": key.signs,
    }


def key_of(document: Document) -> SealedKey:
    """Turn a document back into the key it was made of."""
    return SealedKey(
        generation=document["_id"],
        key_id=document["key_id"],
        sealed=bytes(document["sealed"]),
        created=document["created"],
        signs=document["signs"],
    )
