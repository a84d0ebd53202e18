"""Auth, as sync tells it of connections that stopped: it mails their owners."""

from collections.abc import Sequence
from typing import Any

import grpc

from jira_analytics.auth.v1 import internal_pb2
from jira_analytics.auth.v1.internal_pb2_grpc import InternalServiceStub
from jira_analytics.sync.v1.connection_pb2 import Connection
from services.chassis.service_calls import ServiceCalls
from services.kernel.stop import Stop
from services.sync.reporting import Tell


def teller(calls: ServiceCalls, auth: grpc.aio.Channel) -> Tell[Stop]:
    """Give what tells auth of stops; ServiceUnavailable where that is not known to be done."""
    stub: Any = InternalServiceStub(auth)

    async def tell(stops: Sequence[Stop]) -> None:
        await calls(stub.ReportStops, request_of(stops))

    return tell


def request_of(stops: Sequence[Stop]) -> internal_pb2.ReportStopsRequest:
    """Pack stops."""
    return internal_pb2.ReportStopsRequest(stops=[_packed(stop) for stop in stops])


def _packed(stop: Stop) -> internal_pb2.ReportStopsRequest.Stop:
    packed = internal_pb2.ReportStopsRequest.Stop(
        id=stop.stop_id,
        workspace_id=stop.workspace_id,
        connection_id=stop.connection_id,
        connection_name=stop.connection_name,
        source=Connection.Source.Value(stop.source.value),
        cause=internal_pb2.ReportStopsRequest.Stop.Cause.Value(stop.cause.value),
    )
    packed.stop_time.FromMilliseconds(stop.since)
    return packed
