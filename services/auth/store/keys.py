"""Signing keys in MongoDB, encrypted."""

from pymongo.errors import DuplicateKeyError

from services.auth.domain.sealed_key import SealedKey
from services.auth.store.collections import KEYS
from services.chassis.mongo import Database, store_call


class KeyStore:
    """Keeps signing keys; a generation is an `_id`, so that one process wins it."""

    def __init__(self, database: Database) -> None:
        self._keys = database[KEYS]

    @store_call
    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""
        documents = await self._keys.find({}).sort("_id", 1).to_list()
        return [SealedKey(row["_id"], row["key_id"], bytes(row["sealed"])) for row in documents]

    @store_call
    async def add(self, key: SealedKey) -> None:
        """Keep a key, unless its generation is taken: then nothing is done."""
        try:
            await self._keys.insert_one(
                {"_id": key.generation, "key_id": key.key_id, "sealed": key.sealed}
            )
        except DuplicateKeyError:
            return
