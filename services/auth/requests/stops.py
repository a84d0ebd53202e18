"""Stops of connections that sync reports, parsed into values that cannot be wrong, or refused.

A name and the ids come into mails: they are held to what they are made of.
"""

import re
from collections.abc import Sequence
from typing import Final

from jira_analytics.auth.v1 import internal_pb2 as pb
from jira_analytics.sync.v1.connection_pb2 import Connection
from services.auth.requests.instants import instant_of
from services.kernel.connection import Source
from services.kernel.errors import InvalidField
from services.kernel.ids import ConnectionId, WorkspaceId
from services.kernel.stop import Cause, Stop

MOST_STOPS: Final = 1000
_ID: Final = re.compile(r"[a-z]{3}_[0-9a-z]{1,60}")
_NAME: Final = re.compile(r"[a-z0-9-]{1,63}")
_SOURCES: Final = {Connection.Source.Value(source.name): source for source in Source}
_CAUSES: Final = {pb.ReportStopsRequest.Stop.Cause.Value(cause.name): cause for cause in Cause}


def stops_of(request: pb.ReportStopsRequest) -> Sequence[Stop]:
    """Parse a ReportStops; InvalidField where one of them cannot be told of."""
    if len(request.stops) > MOST_STOPS:
        raise InvalidField("stops", f"send {MOST_STOPS} at most")
    return [_stop_of(reported) for reported in request.stops]


def _stop_of(reported: pb.ReportStopsRequest.Stop) -> Stop:
    if not _NAME.fullmatch(reported.connection_name):
        raise InvalidField("stops.connection_name", "write small letters, digits and hyphens")
    if reported.source not in _SOURCES or reported.cause not in _CAUSES:
        raise InvalidField("stops", "write JIRA_CLOUD, and REFUSED or ERASED")
    return Stop(
        stop_id=_id_of(reported.id, "stops.id"),
        workspace_id=WorkspaceId(_id_of(reported.workspace_id, "stops.workspace_id")),
        connection_id=ConnectionId(_id_of(reported.connection_id, "stops.connection_id")),
        connection_name=reported.connection_name,
        source=_SOURCES[reported.source],
        cause=_CAUSES[reported.cause],
        since=instant_of(reported.stop_time, name="stops.stop_time"),
    )


def _id_of(text: str, field: str) -> str:
    if not _ID.fullmatch(text):
        raise InvalidField(field, "this is no id of ours")
    return text
