"""What was done in a workspace, and the signatures under it."""

from dataclasses import dataclass
from datetime import datetime

from client.api.area import Area
from client.api.pages import PAGE_SIZE, all_pages
from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events are wanted; what is left out does not narrow. Instants are aware."""

    actor: str = ""
    action: str = ""
    target: str = ""
    result: AuditEvent.Result.ValueType = AuditEvent.RESULT_UNSPECIFIED
    start: datetime | None = None
    end: datetime | None = None

    def request(self) -> workspace_pb2.ListAuditEventsRequest:
        """Write it as the call wants it."""
        request = workspace_pb2.ListAuditEventsRequest(
            actor_id=self.actor, action=self.action, target_id=self.target, result=self.result
        )
        if self.start is not None:
            request.start_time.FromDatetime(self.start)
        if self.end is not None:
            request.end_time.FromDatetime(self.end)
        return request


EVERYTHING = AuditFilter()


class Audit(Area):
    """Calls about the workspace's audit."""

    async def audit_events(
        self, wanted: AuditFilter = EVERYTHING, *, most: int | None = None
    ) -> workspace_pb2.ListAuditEventsResponse:
        """List events, the latest first, `most` of them at most; all where it is None.

        `next_page_token` is set where there are more.
        """
        listed = workspace_pb2.ListAuditEventsResponse()
        request = wanted.request()
        while True:
            missing = PAGE_SIZE if most is None else most - len(listed.audit_events)
            request.page_size = min(missing, PAGE_SIZE)
            page = await self._calls.ask(self._workspaces.ListAuditEvents, request)
            listed.audit_events.extend(page.audit_events)
            listed.next_page_token = page.next_page_token
            if not page.next_page_token or len(listed.audit_events) == most:
                return listed
            request.page_token = page.next_page_token

    async def audit_checkpoints(self) -> workspace_pb2.ListAuditCheckpointsResponse:
        """List the signed ends of the audit's segments, the oldest first, and the keys."""
        request = workspace_pb2.ListAuditCheckpointsRequest()
        return await all_pages(self._calls, self._workspaces.ListAuditCheckpoints, request)
