"""Answers, packed into the contract's messages."""

from collections.abc import Iterable
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.auth.v1 import auth_pb2, workspace_pb2
from services.auth.domain.account import Membership, Workspace
from services.auth.sessions.granting import Grant
from services.kernel.ids import Instant

TOKEN_TYPE: Final = "Bearer"  # noqa: S105 - a scheme's name (RFC 6750)


def tokens_message(grant: Grant) -> auth_pb2.Tokens:
    """Pack a pair of tokens."""
    return auth_pb2.Tokens(
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
        token_type=TOKEN_TYPE,
        expires_in=grant.expires_in_seconds,
    )


def me_message(membership: Membership, others: Iterable[Membership] = ()) -> auth_pb2.Me:
    """Pack a person in their workspace, and where else they are members."""
    everywhere = {one.workspace.workspace_id: one for one in (*others, membership)}
    named = sorted(everywhere.values(), key=lambda one: (one.workspace.name, one.workspace.created))
    account = membership.account
    return auth_pb2.Me(
        id=account.user_id,
        email=account.email,
        create_time=timestamp(account.created),
        workspace=workspace_message(membership.workspace),
        role=workspace_pb2.Member.Role.Value(membership.role.name),
        display_name=account.display_name,
        email_verified=account.verified,
        memberships=[_place_message(one) for one in named],
    )


def _place_message(membership: Membership) -> auth_pb2.WorkspaceMembership:
    return auth_pb2.WorkspaceMembership(
        workspace_id=membership.workspace.workspace_id,
        workspace_name=membership.workspace.name,
        role=workspace_pb2.Member.Role.Value(membership.role.name),
    )


def workspace_message(workspace: Workspace) -> workspace_pb2.Workspace:
    """Pack a workspace."""
    return workspace_pb2.Workspace(
        id=workspace.workspace_id,
        name=workspace.name,
        time_zone=workspace.time_zone,
        tier=workspace_pb2.Workspace.Tier.Value(workspace.tier.name),
        create_time=timestamp(workspace.created),
        region=workspace_pb2.Workspace.Region.Value(workspace.region.name),
    )


def timestamp(instant: Instant) -> Timestamp:
    """Pack an instant."""
    packed = Timestamp()
    packed.FromMilliseconds(instant)
    return packed
