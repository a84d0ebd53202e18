"""Invitations to a workspace."""

from client.api.area import Area
from client.api.pages import all_pages
from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.auth.v1.workspace_pb2 import Invite, Member, Workspace


class Invites(Area):
    """Calls about invitations."""

    async def invite(self, email: str, *, role: Member.Role.ValueType) -> Invite:
        """Have an invitation mailed."""
        request = workspace_pb2.InviteMemberRequest(email=email, role=role)
        return await self._calls.ask(self._workspaces.InviteMember, request)

    async def invites(self) -> workspace_pb2.ListInvitesResponse:
        """List the invitations that can still be accepted."""
        request = workspace_pb2.ListInvitesRequest()
        return await all_pages(self._calls, self._workspaces.ListInvites, request)

    async def revoke_invite(self, invite_id: str) -> None:
        """Take an invitation back."""
        request = workspace_pb2.RevokeInviteRequest(invite_id=invite_id)
        await self._calls.ask(self._workspaces.RevokeInvite, request)

    async def accept_invite(self, token: str) -> Workspace:
        """Become a member of the workspace that a mailed link invites to."""
        request = workspace_pb2.AcceptInviteRequest(token=token)
        return await self._calls.ask(self._workspaces.AcceptInvite, request)
