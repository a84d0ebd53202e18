"""Accounts, workspaces and members as MongoDB documents, and back."""

from typing import Any

from services.auth.domain.account import Account, Membership, PasswordHash, Workspace
from services.auth.domain.email import Email
from services.auth.store.collections import ACCOUNTS, EMAILS, MEMBERS, WORKSPACES
from services.chassis.mongo import Document
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Region, Role, Tier


def member_key(workspace_id: str, user_id: str) -> str:
    """Make a member's `_id`: a person is in a workspace once."""
    return f"{workspace_id}:{user_id}"


def membership_of(account: Document, workspace: Document, member: Document) -> Membership:
    """Put a membership together from its three documents."""
    return Membership(
        account=account_of(account),
        workspace=workspace_of(workspace),
        role=Role(member["role"]),
        version=member["version"],
        joined=member["joined"],
    )


def documents_of(membership: Membership) -> dict[str, Document]:
    """Turn a membership into its documents, by collection; the address first."""
    account, workspace = membership.account, membership.workspace
    return {
        EMAILS: {"_id": str(account.email), "user_id": account.user_id},
        ACCOUNTS: {
            "_id": account.user_id,
            "email": account.email,
            "password": document_of_password(account.password),
            "workspace_id": account.workspace_id,
            "created": account.created,
            "display_name": account.display_name,
            "verified": account.verified,
            "disabled": account.disabled,
            "version": account.version,
            "erased_from": account.erased_from,
        },
        WORKSPACES: {
            "_id": workspace.workspace_id,
            "name": workspace.name,
            "time_zone": workspace.time_zone,
            "tier": workspace.tier.value,
            "created": workspace.created,
            "region": workspace.region.value,
            "version": workspace.version,
        },
        MEMBERS: document_of_member(membership),
    }


def document_of_member(membership: Membership) -> Document:
    """Make a member's document of a membership."""
    account, workspace = membership.account, membership.workspace
    return {
        "_id": member_key(workspace.workspace_id, account.user_id),
        "workspace_id": workspace.workspace_id,
        "user_id": account.user_id,
        "role": membership.role.value,
        "version": membership.version,
        "joined": membership.joined,
    }


def document_of_password(password: PasswordHash) -> Document:
    """Turn a password's hash into the part of a document that it is."""
    return {"scheme": password.scheme, "hash": password.text}


def account_of(document: dict[str, Any]) -> Account:
    """Turn a document back into the account it was made of."""
    password = document["password"]
    return Account(
        user_id=UserId(document["_id"]),
        email=Email(document["email"]),
        password=PasswordHash(password["scheme"], password["hash"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        created=document["created"],
        display_name=document["display_name"],
        verified=document["verified"],
        disabled=document["disabled"],
        version=document["version"],
        erased_from=document["erased_from"],
    )


def workspace_of(document: dict[str, Any]) -> Workspace:
    """Turn a document back into the workspace it was made of."""
    return Workspace(
        workspace_id=WorkspaceId(document["_id"]),
        name=document["name"],
        time_zone=document["time_zone"],
        tier=Tier(document["tier"]),
        created=document["created"],
        region=Region(document["region"]),
        version=document["version"],
    )
