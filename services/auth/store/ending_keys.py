"""Ends API keys in MongoDB with all that were made by them, within a transaction.

A machine that makes a key writes its own key's document (store.holding), and so does this: of the
two one comes after the other, and no key is made by one that has ended.
"""

from collections.abc import Sequence

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.api_key import ApiKey, family_of
from services.auth.domain.revocation import ended
from services.auth.store.api_key_documents import api_key_of
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import API_KEYS
from services.auth.store.revocations import note_revocations
from services.chassis.mongo import Database
from services.kernel.audit import Actor, event
from services.kernel.ids import Instant


async def end_keys(
    database: Database, actor: Actor, ancestor_id: str, session: AsyncClientSession, *, now: Instant
) -> Sequence[ApiKey]:
    """End a key, or all keys of a person, in the actor's workspace; gives those that stood.

    With each go the keys that were made by it. There is nothing else to bound them by: a workspace
    has so many keys at most (domain.api_key.MOST_KEYS).
    """
    kept = {"workspace_id": str(actor.workspace_id), "revoked": None}
    found = await database[API_KEYS].find(kept, session=session).to_list()
    family = family_of([api_key_of(document) for document in found], ancestor_id)
    for key in family:
        change = {"$set": {"revoked": now}}
        await database[API_KEYS].update_one({"_id": key.key_id}, change, session=session)
    await note_revocations(database, [ended(key.key_id, now=now) for key in family], session)
    events = [
        event(actor, "api_key.revoke", now=now, target_id=key.key_id, creator_id=key.creator_id)
        for key in family
    ]
    await note_events(database, events, session)
    return family
