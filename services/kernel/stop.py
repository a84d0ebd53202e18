"""Stops: a connection through which nothing is collected until it has another credential."""

from dataclasses import dataclass
from enum import StrEnum

from services.kernel.connection import Source
from services.kernel.ids import ConnectionId, Instant, WorkspaceId


class Cause(StrEnum):
    """Why a connection has no credential that works."""

    REFUSED = "REFUSED"
    ERASED = "ERASED"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a connection; the next one, after it was given a credential, has another id."""

    stop_id: str
    workspace_id: WorkspaceId
    connection_id: ConnectionId
    connection_name: str
    source: Source
    cause: Cause
    since: Instant
