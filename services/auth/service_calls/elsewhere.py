"""What auth asks of the other services, with service tokens of its own making."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from jira_analytics.analytics.v1 import internal_pb2 as analytics_pb
from jira_analytics.analytics.v1.internal_pb2_grpc import (
    InternalServiceStub as AnalyticsInternalServiceStub,
)
from jira_analytics.sync.v1 import internal_pb2 as sync_pb
from jira_analytics.sync.v1.internal_pb2_grpc import (
    InternalServiceStub as SyncInternalServiceStub,
)
from services.auth.domain.clients import ClientId
from services.auth.domain.email import Email
from services.auth.domain.site_credential import SiteCredential
from services.auth.service_calls.issue_service_token import ServiceTokenMaker
from services.auth.settings import ServicesSettings
from services.chassis.clock import Clock
from services.chassis.service_calls import ServiceCalls, service_channel
from services.chassis.service_tokens import Issued, ServiceTokens
from services.kernel.errors import ServiceUnavailable
from services.kernel.ids import WorkspaceId

AUTH: Final = ClientId("auth")
# Deleting a large workspace takes its time; the next attempt goes on where one was cut off.
ERASE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The other services; each stub is None where auth was not told of one."""

    calls: ServiceCalls
    sync: Any
    analytics: Any

    async def erase_workspace(self, workspace_id: WorkspaceId) -> None:
        """Erase everything of a workspace: first the data, then what was computed from them."""
        request = sync_pb.EraseWorkspaceRequest(workspace_id=workspace_id)
        await self.calls(_there(self.sync).EraseWorkspace, request, seconds=ERASE_SECONDS)
        forget = analytics_pb.EraseWorkspaceRequest(workspace_id=workspace_id)
        await self.calls(_there(self.analytics).EraseWorkspace, forget, seconds=ERASE_SECONDS)

    async def erase_person(self, workspace_id: WorkspaceId, email: Email) -> None:
        """Erase the site credentials that are kept under an address in a workspace."""
        request = sync_pb.ErasePersonRequest(workspace_id=workspace_id, email=email)
        await self.calls(_there(self.sync).ErasePerson, request)

    async def site_credentials(
        self, workspace_ids: Sequence[WorkspaceId], email: Email
    ) -> list[SiteCredential]:
        """List the connections that sign in with an address, in these workspaces."""
        if not workspace_ids:
            return []
        asked = sync_pb.ListPersonConnectionsRequest(workspace_ids=workspace_ids, email=email)
        found = await self.calls(_there(self.sync).ListPersonConnections, asked)
        return [
            SiteCredential(
                workspace_id=WorkspaceId(one.workspace_id),
                connection_id=one.connection_id,
                connection_name=one.name,
                site_url=one.site_url,
                email=one.email,
            )
            for one in found.connections
        ]


def _there(stub: Any) -> Any:  # noqa: ANN401 - written by protoc without types
    if stub is None:
        raise ServiceUnavailable
    return stub


@asynccontextmanager
async def elsewhere(
    settings: ServicesSettings, maker: ServiceTokenMaker, clock: Clock
) -> AsyncIterator[Elsewhere]:
    """Open the ways to the other services, until left."""

    async def issue() -> Issued:
        made = maker.make(AUTH)
        return Issued(made.text, made.expires_in_seconds)

    async with AsyncExitStack() as opened:

        async def stub_at(address: str, kind: Any) -> Any:  # noqa: ANN401 - as above
            if not address:
                return None
            return kind(await opened.enter_async_context(service_channel(address)))

        yield Elsewhere(
            ServiceCalls(ServiceTokens(issue, clock)),
            await stub_at(settings.sync_address, SyncInternalServiceStub),
            await stub_at(settings.analytics_address, AnalyticsInternalServiceStub),
        )
