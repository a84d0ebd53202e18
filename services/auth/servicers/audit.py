"""The methods ListAuditEvents, ListAuditCheckpoints, RecordAuditEvents: parse, ask, pack."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import internal_pb2, workspace_pb2
from services.auth.answers.audit import checkpoint_message, event_message
from services.auth.audit.listing import ListCheckpoints, ListEvents
from services.auth.audit.recording import RecordEvents
from services.auth.requests.audit import events_of, sequence_of, size_of, wanted_of
from services.chassis.layers import Context
from services.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class AuditMethods:
    """Serves ListAuditEvents and ListAuditCheckpoints of the workspace that `whose` tells.

    `keys` is what checkpoints verify with.
    """

    whose: Callable[[], WorkspaceId]
    listing_events: ListEvents
    listing_checkpoints: ListCheckpoints
    keys: str

    async def ListAuditEvents(
        self, request: workspace_pb2.ListAuditEventsRequest, _: Context
    ) -> workspace_pb2.ListAuditEventsResponse:
        """Show what was done in the workspace."""
        wanted = wanted_of(request)
        rows, following = await self.listing_events(self.whose(), wanted)
        return workspace_pb2.ListAuditEventsResponse(
            audit_events=[event_message(row) for row in rows],
            next_page_token=str(following or ""),
        )

    async def ListAuditCheckpoints(
        self, request: workspace_pb2.ListAuditCheckpointsRequest, _: Context
    ) -> workspace_pb2.ListAuditCheckpointsResponse:
        """Show the signatures under the audit of the workspace."""
        after, size = sequence_of(request), size_of(request)
        found, following = await self.listing_checkpoints(self.whose(), after=after, size=size)
        return workspace_pb2.ListAuditCheckpointsResponse(
            checkpoints=[checkpoint_message(one) for one in found],
            next_page_token=str(following or ""),
            keys=self.keys,
        )


@dataclass(frozen=True, slots=True)
class RecordingMethods:
    """Serves RecordAuditEvents."""

    recording: RecordEvents

    async def RecordAuditEvents(
        self, request: internal_pb2.RecordAuditEventsRequest, _: Context
    ) -> Empty:
        """Take in what another service reports."""
        events = events_of(request)
        await self.recording(events)
        return Empty()
