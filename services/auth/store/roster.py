"""Reads and changes who belongs to a workspace, within a transaction.

Whoever changes it locks it first: all such transactions of a workspace write one field of its
document, so that each sees what the one before it left. Two owners who leave at once cannot both
see the other one stay.

A member counts, as somebody who gives roles and as an owner, while their account is neither
disabled nor about to be erased.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.account import Account, Membership
from services.auth.domain.revocation import member_subject
from services.auth.domain.roster import Giver, Roster
from services.auth.store.api_key_documents import api_key_of
from services.auth.store.collections import (
    ACCOUNTS,
    API_KEYS,
    MEMBERS,
    REVOCATIONS,
    SESSIONS,
    WORKSPACES,
)
from services.auth.store.documents import account_of, document_of_member, member_key, membership_of
from services.auth.store.made_keys import count_keys
from services.chassis.mongo import Database, Document
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.membership import Role

# What an account must be for its members to count.
COUNTING: Final[Document] = {"disabled": False, "erased_from": None}


async def lock_workspace(
    database: Database, workspace_id: WorkspaceId, session: AsyncClientSession
) -> None:
    """Have this transaction see the last change of a workspace, and be the next."""
    change = {"$inc": {"changes": 1}}
    await database[WORKSPACES].update_one({"_id": str(workspace_id)}, change, session=session)


async def read_roster(
    database: Database,
    workspace_id: WorkspaceId,
    session: AsyncClientSession,
    *,
    giver_id: str,
    user_id: UserId,
    now: Instant,
) -> Roster:
    """Lock a workspace, and read by what a change of one of its members is judged."""
    await lock_workspace(database, workspace_id, session)
    keys = await count_keys(database, workspace_id, user_id, session, now=now)
    return Roster(
        giver=await find_giver(database, workspace_id, session, actor_id=giver_id, now=now),
        member=await find_member(database, workspace_id, user_id, session),
        others_own=await others_own(database, workspace_id, user_id, session),
        api_keys=keys,
    )


async def find_giver(
    database: Database,
    workspace_id: WorkspaceId,
    session: AsyncClientSession,
    *,
    actor_id: str,
    now: Instant,
) -> Giver | None:
    """Find a member who counts, or a machine, in a workspace as they are now."""
    place = {"_id": member_key(workspace_id, actor_id)}
    member = await database[MEMBERS].find_one(place, session=session)
    if member is not None:
        account = await _counting(database, [actor_id], session)
        role = Role(member["role"])
        return Giver(role, confirmed=account["verified"]) if account else None
    own = {"_id": actor_id, "workspace_id": str(workspace_id)}
    kept = await database[API_KEYS].find_one(own, session=session)
    key = api_key_of(kept) if kept else None
    if key is None or not key.stands(now):
        return None
    owners = await _owners(database, workspace_id, session)
    answers = await _counting(database, owners, session, verified=True)
    return Giver(key.role, key.scopes, confirmed=answers is not None)


async def find_member(
    database: Database, workspace_id: WorkspaceId, user_id: UserId, session: AsyncClientSession
) -> Membership | None:
    """Find a person in a workspace."""
    place = {"_id": member_key(workspace_id, user_id)}
    member = await database[MEMBERS].find_one(place, session=session)
    if member is None:
        return None
    account = await database[ACCOUNTS].find_one({"_id": str(user_id)}, session=session)
    workspace = await database[WORKSPACES].find_one({"_id": str(workspace_id)}, session=session)
    return membership_of(account, workspace, member) if account and workspace else None


async def insert_member(
    database: Database, membership: Membership, session: AsyncClientSession
) -> Membership:
    """Add a member; tokens of an earlier membership stay ended, so the versions go on."""
    workspace_id, user_id = membership.workspace.workspace_id, membership.account.user_id
    subject = {"_id": member_subject(workspace_id, user_id)}
    ended = await database[REVOCATIONS].find_one(subject, session=session)
    added = replace(membership, version=ended["version"]) if ended else membership
    await database[MEMBERS].insert_one(document_of_member(added), session=session)
    return added


async def update_member(
    database: Database, membership: Membership, session: AsyncClientSession
) -> None:
    """Write a member's role and version."""
    document = document_of_member(membership)
    change = {"$set": {name: document[name] for name in ("role", "version")}}
    await database[MEMBERS].update_one({"_id": document["_id"]}, change, session=session)


async def delete_member(
    database: Database, membership: Membership, session: AsyncClientSession
) -> None:
    """Take a member out, and end their sessions in the workspace.

    Signing in leads to another of their workspaces from now on, if there is one.
    """
    account, workspace_id = membership.account, str(membership.workspace.workspace_id)
    there = {"user_id": str(account.user_id), "workspace_id": workspace_id}
    place = {"_id": member_key(workspace_id, account.user_id)}
    await database[MEMBERS].delete_one(place, session=session)
    standing, ended = {**there, "revoked": False}, {"$set": {"revoked": True}}
    await database[SESSIONS].update_many(standing, ended, session=session)
    if account.workspace_id == workspace_id:
        await _lead_elsewhere(database, account.user_id, session)


async def _lead_elsewhere(database: Database, user_id: UserId, session: AsyncClientSession) -> None:
    remaining = database[MEMBERS].find({"user_id": str(user_id)}, session=session)
    first = await remaining.sort([("joined", 1), ("_id", 1)]).limit(1).to_list()
    if first:
        home = {"$set": {"workspace_id": first[0]["workspace_id"]}}
        await database[ACCOUNTS].update_one({"_id": str(user_id)}, home, session=session)


async def others_own(
    database: Database, workspace_id: WorkspaceId, user_id: UserId, session: AsyncClientSession
) -> bool:
    """Tell whether the workspace has another owner who counts."""
    owners = await _owners(database, workspace_id, session)
    others = [owner for owner in owners if owner != user_id]
    return await _counting(database, others, session) is not None


async def owners_to_write_to(
    database: Database, workspace_id: WorkspaceId, session: AsyncClientSession
) -> list[Account]:
    """List the owners who count and have shown to read the mail of their address."""
    owners = await _owners(database, workspace_id, session)
    among = {"_id": {"$in": owners}, **COUNTING, "verified": True}
    return [account_of(row) async for row in database[ACCOUNTS].find(among, session=session)]


async def _owners(
    database: Database, workspace_id: WorkspaceId, session: AsyncClientSession
) -> list[str]:
    owning = {"workspace_id": str(workspace_id), "role": Role.OWNER.value}
    owners = await database[MEMBERS].find(owning, session=session).to_list()
    return [owner["user_id"] for owner in owners]


async def _counting(
    database: Database, user_ids: Sequence[str], session: AsyncClientSession, **also: bool
) -> Document | None:
    """Find the account of one of these people who counts."""
    among = {"_id": {"$in": list(user_ids)}, **COUNTING, **also}
    return await database[ACCOUNTS].find_one(among, session=session)
