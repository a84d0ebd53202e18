"""Who is active, as auth tells it."""

from collections.abc import Sequence
from typing import Any, Final

import grpc

from jira_analytics.auth.v1 import internal_pb2, workspace_pb2
from jira_analytics.auth.v1.internal_pb2_grpc import InternalServiceStub
from services.chassis.service_calls import ServiceCalls
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Tier
from services.sync.domain.schedule import Activity
from services.sync.learning import AskWhoIsActive

# Schedules do not wait for a service that is away.
ASK_SECONDS: Final = 3.0
_TIERS: Final = {workspace_pb2.Workspace.Tier.Value(tier.name): tier for tier in Tier}


def asker(calls: ServiceCalls, auth: grpc.aio.Channel) -> AskWhoIsActive:
    """Give what asks auth; ServiceUnavailable where it does not answer."""
    stub: Any = InternalServiceStub(auth)

    async def ask(since: Instant) -> Sequence[Activity]:
        request = internal_pb2.ListActiveWorkspacesRequest()
        request.since_time.FromMilliseconds(since)
        answer = await calls(stub.ListActiveWorkspaces, request, seconds=ASK_SECONDS)
        return [_activity_of(one) for one in answer.workspaces]

    return ask


def _activity_of(one: internal_pb2.ListActiveWorkspacesResponse.ActiveWorkspace) -> Activity:
    # A tier that nobody knows yet is worth no less than the smallest.
    tier = _TIERS.get(one.tier, Tier.FREE)
    return Activity(WorkspaceId(one.workspace_id), tier, one.active_time.ToMilliseconds())
