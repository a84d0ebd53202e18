"""Requests about workspaces and their members."""

from dataclasses import dataclass

from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.domain.workspace import Wishes
from services.auth.requests.ids import id_of
from services.auth.requests.signing_in import required, time_zone_of, workspace_name_of
from services.kernel.errors import InvalidField
from services.kernel.ids import UserId
from services.kernel.membership import Role


@dataclass(frozen=True, slots=True)
class GivingRole:
    """An UpdateMember's request."""

    user_id: UserId
    role: Role


def wishes_of(request: pb.UpdateWorkspaceRequest) -> Wishes:
    """Parse an UpdateWorkspace; InvalidField."""
    name = workspace_name_of(request.name, name="name") if request.HasField("name") else None
    if not request.HasField("time_zone"):
        return Wishes(name)
    return Wishes(name, time_zone_of(required(request.time_zone, "time_zone")))


def giving_role_of(request: pb.UpdateMemberRequest) -> GivingRole:
    """Parse an UpdateMember; InvalidField."""
    return GivingRole(UserId(id_of(request.user_id, "user_id")), role_of(request.role))


def removing_of(request: pb.RemoveMemberRequest) -> UserId:
    """Parse a RemoveMember; InvalidField."""
    return UserId(id_of(request.user_id, "user_id"))


def role_of(value: pb.Member.Role.ValueType) -> Role:
    """Parse a role, which must be one; InvalidField."""
    try:
        return Role(pb.Member.Role.Name(value))
    except ValueError as unknown:
        raise InvalidField("role", "write VIEWER, MEMBER, ADMIN or OWNER") from unknown
