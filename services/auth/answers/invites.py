"""Answers about invitations."""

from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.answers.tokens import timestamp
from services.auth.domain.invite import Invite
from services.auth.domain.page import Rows
from services.auth.requests.paging import page_token


def invite_message(invite: Invite) -> pb.Invite:
    """Pack an invitation; its link is in the mail and nowhere else."""
    return pb.Invite(
        id=invite.invite_id,
        email=invite.email,
        role=pb.Member.Role.Value(invite.role.name),
        inviter_id=invite.inviter_id,
        create_time=timestamp(invite.created),
        expire_time=timestamp(invite.expires),
    )


def invites_message(page: Rows[Invite]) -> pb.ListInvitesResponse:
    """Pack a page of invitations."""
    return pb.ListInvitesResponse(
        invites=[invite_message(invite) for invite in page.rows],
        next_page_token=page_token(page.next_after),
    )
