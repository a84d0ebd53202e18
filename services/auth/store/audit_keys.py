"""The audit's keys in MongoDB, encrypted."""

from pymongo.errors import DuplicateKeyError

from services.auth.domain.sealed_key import SealedKey
from services.auth.store.collections import AUDIT_HEADS, AUDIT_KEYS
from services.auth.store.keys import document_of, key_of
from services.chassis.mongo import Database, store_call


class AuditKeyStore:
    """Keeps the audit's keys; a generation is an `_id`, so that one process wins it."""

    def __init__(self, database: Database) -> None:
        self._keys = database[AUDIT_KEYS]
        self._heads = database[AUDIT_HEADS]

    @store_call
    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""
        documents = await self._keys.find({}).sort("_id", 1).to_list()
        return [key_of(document) for document in documents]

    @store_call
    async def add(self, key: SealedKey) -> None:
        """Keep a key, unless its generation is taken: then nothing is done."""
        try:
            await self._keys.insert_one(document_of(key))
        except DuplicateKeyError:
            return

    @store_call
    async def were_used(self) -> bool:
        """Tell whether anything was ever signed with one."""
        return await self._heads.find_one({}) is not None
