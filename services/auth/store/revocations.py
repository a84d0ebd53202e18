"""Revocations in MongoDB: the truth of what every process holds in memory.

They are written in the transaction that ends what they name, by their subject as `_id`.
"""

from collections.abc import Iterable
from typing import Final

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.store.collections import REVOCATIONS
from services.chassis.mongo import Database, Document, store_call
from services.kernel.ids import Instant
from services.kernel.revocation import Revocation

# Longer than processes remember them: who reads late must still find them.
KEPT_MILLISECONDS: Final = 20 * 60 * 1000


class RevocationStore:
    """Finds revocations that may still count."""

    def __init__(self, database: Database) -> None:
        self._revocations = database[REVOCATIONS]

    @store_call
    async def since(self, instant: Instant) -> list[Revocation]:
        """Give what was revoked from an instant on, in no order."""
        found = self._revocations.find({"revoked": {"$gte": instant}})
        return [revocation_of(document) async for document in found]


async def note_revocations(
    database: Database, revocations: Iterable[Revocation], session: AsyncClientSession
) -> None:
    """Note revocations, within the transaction that makes them true."""
    for one in revocations:
        kept = {
            "version": one.version,
            "revoked": one.revoked,
            "expires_at": DatetimeMS(one.revoked + KEPT_MILLISECONDS),
        }
        await database[REVOCATIONS].replace_one(
            {"_id": one.subject}, kept, upsert=True, session=session
        )


def revocation_of(document: Document) -> Revocation:
    """Turn a document back into the revocation it was made of."""
    return Revocation(document["_id"], document["version"], document["revoked"])
