"""Secrets at rest move to the newest master key.

A master key is changed in three steps: every process is given the new one first and the old one
after it; `reencrypt` is run until nothing is left under older ones; then the old one may go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pymongo.asynchronous.collection import AsyncCollection

from services.chassis.mongo import Document, store_call


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """How many secrets moved to the newest key, and how many are left that it does not open."""

    moved: int
    left: int

    def __str__(self) -> str:
        """Say what an operator may do now."""
        rest = "older keys may be removed." if self.left == 0 else "older keys are still needed."
        return f"{self.moved} moved to the first key, {self.left} left under others: {rest}"


async def reencrypt(
    collection: AsyncCollection[Document], field: str, keys: Sequence[str]
) -> Reencrypted:
    """Move what documents hold in a field to the first of the master keys.

    One document at a time, and only as it was read: who ends half-way has harmed nothing and may
    begin again, and what somebody else writes meanwhile is not overwritten. What no key opens is
    let be, and counted as left. StoreUnavailable where there is no store to begin with.
    """
    await _find_any(collection)
    newest, each = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys])
    moved = 0
    for one, sealed in await _under_others(collection, field, newest):
        try:
            again = each.rotate(sealed)
        except InvalidToken:
            continue
        as_read, change = {"_id": one, field: sealed}, {"$set": {field: again}}
        moved += (await collection.update_one(as_read, change)).modified_count
    return Reencrypted(moved, len(await _under_others(collection, field, newest)))


@store_call
async def _find_any(collection: AsyncCollection[Document]) -> object:
    """Ask for something: all that follows may take as long as it takes."""
    return await collection.find_one({}, {"_id": 1})


async def _under_others(
    collection: AsyncCollection[Document], field: str, newest: Fernet
) -> list[tuple[Any, bytes]]:
    """Find what the newest key does not open; an empty secret is none."""
    return [
        (document["_id"], bytes(document[field]))
        async for document in collection.find({}, {field: 1})
        if document.get(field) and not _opens(newest, bytes(document[field]))
    ]


def _opens(key: Fernet, sealed: bytes) -> bool:
    try:
        key.decrypt(sealed)
    except InvalidToken:
        return False
    return True
