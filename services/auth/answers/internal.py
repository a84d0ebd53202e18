"""What other services are told, packed into the contract's messages."""

from collections.abc import Iterable

from jira_analytics.auth.v1 import internal_pb2 as pb
from jira_analytics.auth.v1 import workspace_pb2
from services.auth.answers.tokens import timestamp
from services.auth.workspaces.activity import ActiveWorkspace
from services.kernel.revocation import Revocation


def revocations_message(revocations: Iterable[Revocation]) -> pb.ListRevocationsResponse:
    """Pack revocations."""
    return pb.ListRevocationsResponse(
        revocations=[
            pb.ListRevocationsResponse.Revocation(
                subject=one.subject, version=one.version, revoke_time=timestamp(one.revoked)
            )
            for one in revocations
        ]
    )


def active_message(active: Iterable[ActiveWorkspace]) -> pb.ListActiveWorkspacesResponse:
    """Pack where somebody is."""
    return pb.ListActiveWorkspacesResponse(
        workspaces=[
            pb.ListActiveWorkspacesResponse.ActiveWorkspace(
                workspace_id=one.workspace_id,
                tier=workspace_pb2.Workspace.Tier.Value(one.tier.name),
                active_time=timestamp(one.active),
            )
            for one in active
        ]
    )
