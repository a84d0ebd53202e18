"""The methods InviteMember, ListInvites, RevokeInvite, AcceptInvite: parse, ask, pack."""

from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.answers.invites import invite_message, invites_message
from services.auth.answers.tokens import workspace_message
from services.auth.requests.invites import accepting_of, inviting_of, revoking_of
from services.auth.requests.paging import page_of
from services.auth.workspaces.accept_invite import AcceptInvite
from services.auth.workspaces.invite_member import InviteMember
from services.auth.workspaces.list_invites import ListInvites
from services.auth.workspaces.revoke_invite import RevokeInvite
from services.chassis.acting import acting
from services.chassis.identity import caller
from services.chassis.layers import Context


@dataclass(frozen=True, slots=True)
class InviteMethods:
    """Serves InviteMember, ListInvites, RevokeInvite, AcceptInvite."""

    inviting: InviteMember
    listing: ListInvites
    revoking: RevokeInvite
    accepting: AcceptInvite

    async def InviteMember(self, request: pb.InviteMemberRequest, _: Context) -> pb.Invite:
        """Have an invitation mailed."""
        asked = inviting_of(request)
        invite = await self.inviting(acting(), asked.email, asked.role)
        return invite_message(invite)

    async def ListInvites(
        self, request: pb.ListInvitesRequest, _: Context
    ) -> pb.ListInvitesResponse:
        """List the invitations that can still be accepted."""
        page = page_of(request)
        invites = await self.listing(caller().workspace_id, page)
        return invites_message(invites)

    async def RevokeInvite(self, request: pb.RevokeInviteRequest, _: Context) -> Empty:
        """Take an invitation back."""
        invite_id = revoking_of(request)
        await self.revoking(acting(), invite_id)
        return Empty()

    async def AcceptInvite(self, request: pb.AcceptInviteRequest, _: Context) -> pb.Workspace:
        """Join a workspace."""
        token = accepting_of(request)
        workspace = await self.accepting(acting(), token)
        return workspace_message(workspace)
