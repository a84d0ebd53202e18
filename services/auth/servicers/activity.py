"""The method ListActiveWorkspaces: parse, ask, pack."""

from dataclasses import dataclass

from jira_analytics.auth.v1 import internal_pb2 as pb
from services.auth.answers.internal import active_message
from services.auth.requests.internal import active_since_of
from services.auth.workspaces.activity import ListActiveWorkspaces
from services.chassis.layers import Context

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ActivityMethods:
    """Serves ListActiveWorkspaces."""

    listing: ListActiveWorkspaces

    async def ListActiveWorkspaces(
        self, request: pb.ListActiveWorkspacesRequest, _: Context
    ) -> pb.ListActiveWorkspacesResponse:
        """Tell where somebody is."""
        found = await self.listing(active_since_of(request), AT_ONCE)
        return active_message(found)
