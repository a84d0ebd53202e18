"""The methods CreateUser, SetTier, DisableUser, GetUsage: parse, ask, pack."""

from dataclasses import dataclass

from jira_analytics.auth.v1 import operator_pb2 as pb
from jira_analytics.auth.v1 import workspace_pb2
from services.auth.accounts.create_user import CreateUser
from services.auth.accounts.disable_user import DisableUser
from services.auth.answers.operators import usage_message, user_message
from services.auth.answers.tokens import workspace_message
from services.auth.requests.operators import creating_of, disabling_of, moving_of
from services.auth.workspaces.get_usage import GetUsage
from services.auth.workspaces.set_tier import SetTier
from services.chassis.acting import operating
from services.chassis.layers import Context


@dataclass(frozen=True, slots=True)
class OperatorMethods:
    """Serves CreateUser, SetTier, DisableUser, GetUsage."""

    creating: CreateUser
    moving: SetTier
    disabling: DisableUser
    counting: GetUsage

    async def CreateUser(self, request: pb.CreateUserRequest, _: Context) -> pb.User:
        """Make a user who owns a workspace of any tier."""
        asked = creating_of(request)
        made = await self.creating(operating(), asked.newcomer, asked.password)
        return user_message(made.account)

    async def SetTier(self, request: pb.SetTierRequest, _: Context) -> workspace_pb2.Workspace:
        """Move a workspace to another tier."""
        asked = moving_of(request)
        workspace = await self.moving(operating(), asked.workspace_id, asked.tier)
        return workspace_message(workspace)

    async def DisableUser(self, request: pb.DisableUserRequest, _: Context) -> pb.User:
        """Keep a user from signing in, or let them again."""
        asked = disabling_of(request)
        account = await self.disabling(operating(), asked.user_id, enabled=asked.enabled)
        return user_message(account)

    async def GetUsage(self, _request: pb.GetUsageRequest, _: Context) -> pb.Usage:
        """Count what is kept."""
        usage = await self.counting()
        return usage_message(usage)
