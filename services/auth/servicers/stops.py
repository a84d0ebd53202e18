"""The method ReportStops: parse, ask, pack."""

from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import internal_pb2 as pb
from services.auth.requests.stops import stops_of
from services.auth.workspaces.report_stops import ReportStops
from services.chassis.layers import Context


@dataclass(frozen=True, slots=True)
class StopMethods:
    """Serves ReportStops."""

    reporting: ReportStops

    async def ReportStops(self, request: pb.ReportStopsRequest, _: Context) -> Empty:
        """Have owners mailed."""
        await self.reporting(stops_of(request))
        return Empty()
