"""Builds the methods InviteMember, ListInvites, RevokeInvite, AcceptInvite."""

from services.auth.kit import Kit
from services.auth.mail.minting import LinkMint
from services.auth.servicers.invites import InviteMethods
from services.auth.settings import split_keys
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.invites import InviteStore
from services.auth.workspaces.accept_invite import AcceptInvite
from services.auth.workspaces.invite_member import InviteMember
from services.auth.workspaces.list_invites import ListInvites
from services.auth.workspaces.revoke_invite import RevokeInvite


def methods(kit: Kit) -> InviteMethods:
    """Build them."""
    invites, inbox = InviteStore(kit.database), AuditInbox(kit.database)
    mint = LinkMint(split_keys(kit.settings.master.keys))
    return InviteMethods(
        InviteMember(invites, inbox, kit.clock),
        ListInvites(invites, kit.clock),
        RevokeInvite(invites, kit.clock),
        AcceptInvite(mint, invites, inbox, kit.clock),
    )
