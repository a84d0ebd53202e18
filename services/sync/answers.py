"""Values, packed into the messages that answer."""

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import internal_pb2 as internal_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.ids import Instant
from services.kernel.sync_job import SyncJob
from services.sync.store.connections import Connection

NANOS = 1_000_000


def _time(instant: Instant | None) -> Timestamp | None:
    return (
        None
        if instant is None
        else Timestamp(seconds=instant // 1000, nanos=instant % 1000 * NANOS)
    )


def connection(value: Connection) -> connections_pb.Connection:
    """Pack a connection; its credential is never shown."""
    return connections_pb.Connection(
        id=value.connection_id,
        name=value.state.name,
        source=connections_pb.Connection.Source.Value(value.state.source.value),
        site_url=value.state.site_url,
        email=value.email,
        scope=connections_pb.Scope(projects=value.projects),
        state=connections_pb.Connection.State.Value(value.state.standing.value),
        create_time=_time(value.created),
        last_sync_time=_time(value.last_synced),
    )


def job(value: SyncJob) -> pb.SyncJob:
    """Pack a job."""
    progress = pb.SyncJob.Progress(
        issues_done=value.issues_done,
        issues_total=value.issues_total,
        stage=pb.SyncJob.Progress.Stage.Value(
            value.stage.value if value.stage else "STAGE_UNSPECIFIED"
        ),
        waiting_until_time=_time(value.waiting_until),
    )
    failure = None
    if value.failure is not None:
        failure = pb.SyncJob.Failure(reason=value.failure.reason, message=value.failure.message)
    return pb.SyncJob(
        id=value.job_id,
        connection_id=value.connection_id,
        mode=pb.SyncJob.Mode.Value(value.mode.value),
        state=pb.SyncJob.State.Value(value.state.value),
        progress=progress,
        create_time=_time(value.created),
        start_time=_time(value.started),
        end_time=_time(value.ended),
        error=failure,
    )


def person_connections(found: Iterable[Connection]) -> internal_pb.ListPersonConnectionsResponse:
    """Pack the connections that sign in with a person's address."""
    return internal_pb.ListPersonConnectionsResponse(
        connections=[
            internal_pb.ListPersonConnectionsResponse.PersonConnection(
                workspace_id=one.state.workspace_id,
                connection_id=one.connection_id,
                name=one.state.name,
                site_url=one.state.site_url,
                email=one.email,
            )
            for one in found
        ]
    )
