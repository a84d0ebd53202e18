"""What was done in a workspace, and the signatures under it."""

from collections.abc import AsyncIterator
from typing import Final

from client.api.area import Area
from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent

LARGEST_PAGE: Final = 1000


class Audit(Area):
    """Calls about the workspace's audit."""

    async def audit_events(
        self, request: workspace_pb2.ListAuditEventsRequest
    ) -> workspace_pb2.ListAuditEventsResponse:
        """List a page of events, the latest first."""
        return await self._calls.ask(self._workspaces.ListAuditEvents, request)

    async def latest_events(
        self, wanted: workspace_pb2.ListAuditEventsRequest, *, most: int
    ) -> AsyncIterator[AuditEvent]:
        """Read events, the latest first, `most` of them at most; `wanted` has the filters."""
        request, left = workspace_pb2.ListAuditEventsRequest(), most
        request.CopyFrom(wanted)
        while left > 0:
            request.page_size = min(left, LARGEST_PAGE)
            page = await self.audit_events(request)
            for event in page.audit_events:
                yield event
            left -= len(page.audit_events)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def audit_checkpoints(
        self, request: workspace_pb2.ListAuditCheckpointsRequest
    ) -> workspace_pb2.ListAuditCheckpointsResponse:
        """List a page of the signed ends of the audit's segments, the oldest first."""
        return await self._calls.ask(self._workspaces.ListAuditCheckpoints, request)
