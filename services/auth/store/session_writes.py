"""What becomes of sessions within the transactions of others: they begin, and they end."""

from collections.abc import Sequence

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.revocation import ended
from services.auth.domain.session import (
    MOST_SESSIONS,
    Beginning,
    Session,
    SessionId,
    ended_by_cap,
)
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import REFRESH_TOKENS, SESSIONS
from services.auth.store.holding import hold_member
from services.auth.store.revocations import note_revocations
from services.auth.store.session_documents import (
    document_of_session,
    document_of_token,
    session_of,
)
from services.chassis.mongo import Database, Document
from services.kernel.errors import NotFound
from services.kernel.ids import UserId
from services.kernel.revocation import Revocation

ENDING = {"$set": {"revoked": True}}


async def insert_session(
    database: Database, beginning: Beginning, session: AsyncClientSession
) -> Sequence[Revocation]:
    """Insert a session, its first token and its event, within a transaction.

    NotFound where its person is no member of its workspace any more: taking a member out ends the
    sessions that are there, and meets those that are about to be. Gives what ends the tokens of
    those that there is no room for beside it; the transaction writes to the account, so that two
    that begin at once count each other.
    """
    beginner = beginning.session
    if not await hold_member(database, beginner.workspace_id, beginner.user_id, session):
        raise NotFound("workspace")
    revocations = await _make_room(database, beginning, session)
    began = document_of_session(beginner)
    await database[SESSIONS].insert_one(began, session=session)
    first = document_of_token(beginning.token)
    await database[REFRESH_TOKENS].insert_one(first, session=session)
    await note_events(database, [beginning.event], session)
    return revocations


async def end_sessions(
    database: Database,
    user_id: UserId,
    session: AsyncClientSession,
    *,
    but: SessionId | None = None,
    family: SessionId | None = None,
) -> Sequence[Session]:
    """End a person's sessions, or those of a family, but one; gives those that stood.

    Whoever does this ends their access tokens, too: by the version of the account, or one by one.
    """
    wanted: Document = {
        "user_id": str(user_id),
        "revoked": False,
        "_id": {"$ne": but and str(but)},
    }
    if family is not None:
        wanted["family"] = str(family)
    found = await database[SESSIONS].find(wanted, session=session).to_list()
    await database[SESSIONS].update_many(wanted, ENDING, session=session)
    return [session_of(document) for document in found]


async def _make_room(
    database: Database, beginning: Beginning, session: AsyncClientSession
) -> Sequence[Revocation]:
    """End those of a person's sessions that were the longest unused, so that one may begin."""
    now, user_id = beginning.session.created, str(beginning.session.user_id)
    standing = {"user_id": user_id, "revoked": False, "expires": {"$gt": now}}
    last_used = database[SESSIONS].find(standing, session=session).sort("last_used", -1)
    found = await last_used.skip(MOST_SESSIONS - 1).to_list()
    if not found:
        return ()
    among = {"_id": {"$in": [document["_id"] for document in found]}}
    await database[SESSIONS].update_many(among, ENDING, session=session)
    sessions = [session_of(document) for document in found]
    revocations = [ended(one.session_id, now=now) for one in sessions]
    await note_revocations(database, revocations, session)
    await note_events(database, ended_by_cap(sessions, beginning), session)
    return revocations
