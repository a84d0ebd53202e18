"""Builds the methods InviteMember, ListInvites, RevokeInvite, AcceptInvite."""

from services.auth.kit import Kit
from services.auth.servicers.invites import InviteMethods


def methods(_kit: Kit) -> InviteMethods:
    """Build them."""
    return InviteMethods()
