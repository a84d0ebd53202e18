"""Holds whoever changes something against what is true now, also where nobody here has heard of it.

A process learns within 30 seconds that a token was revoked. That is soon enough for what a call
reads; what it changes would outlive the token. So whatever is changed by an access token, but for
the end of one's own sessions, is changed in a transaction that begins with this.
"""

from collections.abc import Iterator

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.revocation import member_subject
from services.auth.store.collections import ACCOUNTS, API_KEYS, MEMBERS, SESSIONS
from services.auth.store.documents import member_key
from services.auth.store.roster import COUNTING
from services.chassis.mongo import Database, Document
from services.kernel.audit import Actor
from services.kernel.errors import TokenStale
from services.kernel.ids import UserId, WorkspaceId

# Nothing has this version: where a token says none, it stands for nothing.
NO_VERSION = -1


async def hold(database: Database, actor: Actor, session: AsyncClientSession) -> None:
    """Raise TokenStale unless all stands that the actor's token rests on, within a transaction.

    Each thing is written to: of its end and of what is done meanwhile one comes after the other.
    """
    for name, standing in _rests_on(actor):
        if not await _touch(database, name, standing, session):
            raise TokenStale


async def hold_member(
    database: Database, workspace_id: WorkspaceId, user_id: UserId, session: AsyncClientSession
) -> bool:
    """Tell whether a person is a member, and have whoever takes them out meet this transaction."""
    place = {"_id": member_key(workspace_id, user_id)}
    return await _touch(database, MEMBERS, place, session)


def _rests_on(actor: Actor) -> Iterator[tuple[str, Document]]:
    """Give where to find what a token rests on, as it must be there."""
    user_id, workspace_id = str(actor.user_id), str(actor.workspace_id)
    if actor.is_machine:
        yield API_KEYS, {"_id": user_id, "workspace_id": workspace_id, "revoked": None}
        return
    versions = dict(actor.stamps)
    yield SESSIONS, {"_id": actor.session_id, "user_id": user_id, "revoked": False}
    account = {"_id": user_id, "version": versions.get(user_id, NO_VERSION)}
    yield ACCOUNTS, {**account, **COUNTING}
    subject = member_subject(actor.workspace_id, actor.user_id)
    place = member_key(workspace_id, user_id)
    yield MEMBERS, {"_id": place, "version": versions.get(subject, NO_VERSION)}


async def _touch(
    database: Database, name: str, standing: Document, session: AsyncClientSession
) -> bool:
    """Write to a document if it is as it must be: to set what is there already would be none."""
    done = await database[name].update_one(standing, {"$inc": {"held": 1}}, session=session)
    return done.matched_count == 1
