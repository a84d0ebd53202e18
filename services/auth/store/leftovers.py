"""What whoever made an account leaves behind, once somebody else proves its address to be theirs.

Anybody can sign up with an address that they do not read, and make keys that outlive sessions and
passwords. Whoever reads the address's mail takes the account over without them.
"""

from collections.abc import Sequence
from dataclasses import replace

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.revocation import ended
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import API_KEYS, INVITES
from services.auth.store.ending_keys import end_keys
from services.auth.store.roster import lock_workspace
from services.chassis.mongo import Database
from services.kernel.audit import Actor, event
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.revocation import Revocation


async def end_leftovers(
    database: Database, actor: Actor, session: AsyncClientSession, *, now: Instant
) -> Sequence[Revocation]:
    """End the keys that the actor's account made, anywhere, and take its invitations back."""
    own = {"creator_id": str(actor.user_id), "revoked": None}
    made = await database[API_KEYS].find(own, session=session).to_list()
    key_ids = []
    for workspace_id in sorted({document["workspace_id"] for document in made}):
        there = replace(actor, workspace_id=WorkspaceId(workspace_id))
        await lock_workspace(database, there.workspace_id, session)
        keys = await end_keys(database, there, str(actor.user_id), session, now=now)
        key_ids += [key.key_id for key in keys]
    await _take_back(database, actor, [str(actor.user_id), *key_ids], session, now=now)
    return [ended(key_id, now=now) for key_id in key_ids]


async def _take_back(
    database: Database,
    actor: Actor,
    inviter_ids: Sequence[str],
    session: AsyncClientSession,
    *,
    now: Instant,
) -> None:
    sent = {"inviter_id": {"$in": list(inviter_ids)}}
    for invite in await database[INVITES].find(sent, session=session).to_list():
        await database[INVITES].delete_one({"_id": invite["_id"]}, session=session)
        there = replace(actor, workspace_id=WorkspaceId(invite["workspace_id"]))
        taken_back = event(there, "invite.revoke", now=now, target_id=invite["id"])
        await note_events(database, [taken_back], session)
