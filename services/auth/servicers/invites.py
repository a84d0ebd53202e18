"""The methods InviteMember, ListInvites, RevokeInvite, AcceptInvite: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InviteMethods:
    """Serves InviteMember, ListInvites, RevokeInvite, AcceptInvite."""
