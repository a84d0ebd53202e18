"""Accounts, workspaces and who belongs where, in MongoDB.

An address is reserved by the document that has it as its `_id`: no other index could be unique on
a sharded cluster.
"""

from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from services.auth.domain.account import Account, Membership, PasswordHash, Workspace
from services.auth.domain.email import Email
from services.auth.domain.session import RefreshToken
from services.auth.store.collections import ACCOUNTS, EMAILS, MEMBERS, WORKSPACES
from services.auth.store.sessions import insert_session
from services.auth.store.transactions import in_transaction
from services.chassis.mongo import Database, Document, store_call
from services.kernel.errors import EmailTaken, NotFound
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Role, Tier


class AccountStore:
    """Keeps accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def add(self, membership: Membership, first: RefreshToken | None = None) -> None:
        """Keep an account, its workspace and a session; EmailTaken where the address is."""

        async def write(session: AsyncClientSession) -> None:
            for collection, document in documents_of(membership).items():
                await self._database[collection].insert_one(document, session=session)
            if first is not None:
                await insert_session(self._database, first, session)

        try:
            await in_transaction(self._database, write)
        except DuplicateKeyError as taken:
            raise EmailTaken from taken

    @store_call
    async def find_by_email(self, email: Email) -> Membership | None:
        """Find an account in the workspace that signing in leads to."""
        reserved = await self._database[EMAILS].find_one({"_id": str(email)})
        if reserved is None:
            return None
        account = await self._database[ACCOUNTS].find_one({"_id": reserved["user_id"]})
        return await self._join(account, account["workspace_id"]) if account else None

    @store_call
    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        """Find a person in a workspace."""
        account = await self._database[ACCOUNTS].find_one({"_id": str(user_id)})
        return await self._join(account, workspace_id) if account else None

    @store_call
    async def set_tier(self, workspace_id: WorkspaceId, tier: Tier) -> None:
        """Move a workspace to another tier; NotFound where there is none."""
        change = {"$set": {"tier": tier.value}}
        done = await self._database[WORKSPACES].update_one({"_id": str(workspace_id)}, change)
        if done.matched_count == 0:
            raise NotFound("workspace")

    async def _join(self, account: Document, workspace_id: str) -> Membership | None:
        place = {"_id": member_key(workspace_id, account["_id"])}
        member = await self._database[MEMBERS].find_one(place)
        workspace = await self._database[WORKSPACES].find_one({"_id": str(workspace_id)})
        if member is None or workspace is None:
            return None
        return Membership(account_of(account), workspace_of(workspace), Role(member["role"]))


def member_key(workspace_id: str, user_id: str) -> str:
    """Make a member's `_id`: a person is in a workspace once."""
    return f"{workspace_id}:{user_id}"


def documents_of(membership: Membership) -> dict[str, Document]:
    """Turn a membership into its documents, by collection; the address first."""
    account, workspace = membership.account, membership.workspace
    return {
        EMAILS: {"_id": str(account.email), "user_id": account.user_id},
        ACCOUNTS: {
            "_id": account.user_id,
            "email": account.email,
            "password": {"scheme": account.password.scheme, "hash": account.password.text},
            "workspace_id": account.workspace_id,
            "created": account.created,
        },
        WORKSPACES: {
            "_id": workspace.workspace_id,
            "name": workspace.name,
            "time_zone": workspace.time_zone,
            "tier": workspace.tier.value,
            "created": workspace.created,
        },
        MEMBERS: {
            "_id": member_key(workspace.workspace_id, account.user_id),
            "workspace_id": workspace.workspace_id,
            "user_id": account.user_id,
            "role": membership.role.value,
            "created": account.created,
        },
    }


def account_of(document: dict[str, Any]) -> Account:
    """Turn a document back into the account it was made of."""
    password = document["password"]
    return Account(
        user_id=UserId(document["_id"]),
        email=Email(document["email"]),
        password=PasswordHash(password["scheme"], password["hash"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        created=document["created"],
    )


def workspace_of(document: dict[str, Any]) -> Workspace:
    """Turn a document back into the workspace it was made of."""
    return Workspace(
        workspace_id=WorkspaceId(document["_id"]),
        name=document["name"],
        time_zone=document["time_zone"],
        tier=Tier(document["tier"]),
        created=document["created"],
    )
