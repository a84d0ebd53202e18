"""A workspace and who belongs to it."""

from client.api.area import Area
from client.api.pages import all_pages
from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.auth.v1.workspace_pb2 import Member, Workspace


class Workspaces(Area):
    """Calls about the workspace that the caller's token is for."""

    async def workspace(self) -> Workspace:
        """Ask which workspace it is."""
        return await self._calls.ask(
            self._workspaces.GetWorkspace, workspace_pb2.GetWorkspaceRequest()
        )

    async def update_workspace(
        self, *, name: str | None = None, time_zone: str | None = None
    ) -> Workspace:
        """Change its name or time zone."""
        request = workspace_pb2.UpdateWorkspaceRequest(name=name, time_zone=time_zone)
        return await self._calls.ask(self._workspaces.UpdateWorkspace, request)

    async def members(self) -> workspace_pb2.ListMembersResponse:
        """List the members by when they joined."""
        request = workspace_pb2.ListMembersRequest()
        return await all_pages(self._calls, self._workspaces.ListMembers, request)

    async def update_member(self, user_id: str, *, role: Member.Role.ValueType) -> Member:
        """Give a member another role."""
        request = workspace_pb2.UpdateMemberRequest(user_id=user_id, role=role)
        return await self._calls.ask(self._workspaces.UpdateMember, request)

    async def remove_member(self, user_id: str) -> None:
        """Take a member out of the workspace."""
        request = workspace_pb2.RemoveMemberRequest(user_id=user_id)
        await self._calls.ask(self._workspaces.RemoveMember, request)

    async def leave_workspace(self) -> None:
        """Take the caller out of the workspace, and forget the tokens, which are for it."""
        person = self.need_person()
        request = workspace_pb2.LeaveWorkspaceRequest()
        await self._calls.ask(self._workspaces.LeaveWorkspace, request)
        await person.forget()
