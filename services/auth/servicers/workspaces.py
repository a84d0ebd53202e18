"""The methods of workspaces and their members: parse, ask, pack."""

from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.answers.tokens import workspace_message
from services.auth.answers.workspaces import member_message, members_message
from services.auth.requests.paging import page_of
from services.auth.requests.workspaces import giving_role_of, removing_of, wishes_of
from services.auth.workspaces.get_workspace import GetWorkspace
from services.auth.workspaces.leave_workspace import LeaveWorkspace
from services.auth.workspaces.list_members import ListMembers
from services.auth.workspaces.remove_member import RemoveMember
from services.auth.workspaces.update_member import UpdateMember
from services.auth.workspaces.update_workspace import UpdateWorkspace
from services.chassis.acting import acting
from services.chassis.identity import caller
from services.chassis.layers import Context


@dataclass(frozen=True, slots=True)
class WorkspaceMethods:
    """Serves the methods of workspaces and their members."""

    getting: GetWorkspace
    updating: UpdateWorkspace
    listing_members: ListMembers
    updating_member: UpdateMember
    removing_member: RemoveMember
    leaving: LeaveWorkspace

    async def GetWorkspace(self, _request: pb.GetWorkspaceRequest, _: Context) -> pb.Workspace:
        """Tell of the caller's workspace."""
        workspace = await self.getting(caller().workspace_id)
        return workspace_message(workspace)

    async def UpdateWorkspace(self, request: pb.UpdateWorkspaceRequest, _: Context) -> pb.Workspace:
        """Change its name or time zone."""
        wishes = wishes_of(request)
        workspace = await self.updating(acting(), wishes)
        return workspace_message(workspace)

    async def ListMembers(
        self, request: pb.ListMembersRequest, _: Context
    ) -> pb.ListMembersResponse:
        """List who belongs to it."""
        page = page_of(request)
        members = await self.listing_members(caller().workspace_id, page)
        return members_message(members)

    async def UpdateMember(self, request: pb.UpdateMemberRequest, _: Context) -> pb.Member:
        """Give a member another role."""
        asked = giving_role_of(request)
        member = await self.updating_member(acting(), asked.user_id, asked.role)
        return member_message(member)

    async def RemoveMember(self, request: pb.RemoveMemberRequest, _: Context) -> Empty:
        """Take a member out."""
        user_id = removing_of(request)
        await self.removing_member(acting(), user_id)
        return Empty()

    async def LeaveWorkspace(self, _request: pb.LeaveWorkspaceRequest, _: Context) -> Empty:
        """Take the caller out."""
        await self.leaving(acting())
        return Empty()
