"""Requests about invitations."""

from dataclasses import dataclass

from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.domain.email import Email, parse_email
from services.auth.requests.ids import id_of
from services.auth.requests.signing_in import required
from services.auth.requests.workspaces import role_of
from services.kernel.membership import Role


@dataclass(frozen=True, slots=True)
class Inviting:
    """An InviteMember's request."""

    email: Email
    role: Role


def inviting_of(request: pb.InviteMemberRequest) -> Inviting:
    """Parse an InviteMember; InvalidField."""
    return Inviting(parse_email(request.email), role_of(request.role))


def revoking_of(request: pb.RevokeInviteRequest) -> str:
    """Parse a RevokeInvite into the invitation's id; InvalidField."""
    return id_of(request.invite_id, "invite_id")


def accepting_of(request: pb.AcceptInviteRequest) -> str:
    """Parse an AcceptInvite into the link's token; InvalidField."""
    return required(request.token, "token")
