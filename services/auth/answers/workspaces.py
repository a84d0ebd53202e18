"""Answers about workspaces and their members."""

from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.answers.tokens import timestamp
from services.auth.domain.account import Membership
from services.auth.domain.page import Rows
from services.auth.requests.paging import page_token


def member_message(member: Membership) -> pb.Member:
    """Pack a member, as others in the workspace see them."""
    return pb.Member(
        user_id=member.account.user_id,
        email=member.account.email,
        display_name=member.account.display_name,
        role=pb.Member.Role.Value(member.role.name),
        create_time=timestamp(member.joined),
    )


def members_message(page: Rows[Membership]) -> pb.ListMembersResponse:
    """Pack a page of members."""
    return pb.ListMembersResponse(
        members=[member_message(member) for member in page.rows],
        next_page_token=page_token(page.next_after),
    )
