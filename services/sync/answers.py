"""Values, packed into the messages that answer."""

from collections.abc import Iterable, Iterator

from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import internal_pb2 as internal_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.ids import Instant
from services.kernel.sync_job import Failure, SyncJob
from services.sync.completeness import Completeness
from services.sync.domain.completeness import Aside, Count, ProjectCount, complete_until
from services.sync.domain.digest import Checked
from services.sync.domain.site_lists import Listed
from services.sync.domain.unshown import Unshown
from services.sync.store.connections import Connection

NANOS = 1_000_000


def time(instant: Instant | None) -> Timestamp | None:
    """Pack an instant, where there is one."""
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
        scope=connections_pb.Scope(projects=value.selection.projects, jql=value.selection.jql),
        state=connections_pb.Connection.State.Value(value.state.standing.value),
        create_time=time(value.created),
        last_sync_time=time(value.last_synced),
    )


def job(value: SyncJob) -> pb.SyncJob:
    """Pack a job."""
    progress = pb.SyncJob.Progress(
        issues_done=value.issues_done,
        issues_total=value.issues_total,
        pages_done=value.pages_done,
        pages_total=value.pages_total,
        stage=pb.SyncJob.Progress.Stage.Value(
            value.stage.value if value.stage else "STAGE_UNSPECIFIED"
        ),
        waiting_until_time=time(value.waiting_until),
        waiting_for=value.waiting_for or "",
        estimated_end_time=time(value.estimated_end),
    )
    return pb.SyncJob(
        id=value.job_id,
        connection_id=value.connection_id,
        mode=pb.SyncJob.Mode.Value(value.mode.value),
        state=pb.SyncJob.State.Value(value.state.value),
        progress=progress,
        create_time=time(value.created),
        start_time=time(value.started),
        end_time=time(value.ended),
        error=failure(value.failure),
    )


def failure(value: Failure | None) -> pb.SyncJob.Failure | None:
    """Pack why something failed, where it did."""
    if value is None:
        return None
    return pb.SyncJob.Failure(reason=value.reason, message=value.message)


def completeness(value: Completeness) -> pb.Completeness:
    """Pack how complete a connection is."""
    state, count = value.state, value.count
    return pb.Completeness(
        connection_id=state.connection_id,
        complete_until_time=time(state.complete_until),
        issue_count=state.issue_count,
        expected_issue_count=state.expected_issue_count,
        held_count=state.held_count,
        quarantined_count=state.quarantined_count,
        count_time=time(count.at if count else None),
        hidden_project_count=state.hidden_count,
        projects=list(_projects(value)),
        quarantined=[_aside(one) for one in value.aside],
        lists=[_listed(one) for one in value.lists],
    )


def _listed(value: Listed) -> pb.Completeness.SiteList:
    return pb.Completeness.SiteList(
        kind=pb.Completeness.SiteList.Kind.Value(value.kind.value),
        count=value.count,
        read_time=time(value.read),
        whole=value.whole,
    )


def _projects(value: Completeness) -> Iterator[pb.Completeness.Project]:
    """Pack what was counted of each project, and those of which nothing is stored nor shown."""
    count = value.count or Count(0, ())
    checked = {one.project_id: one for one in value.digest.projects} if value.digest else {}
    stored = {one.key for one in count.projects}
    nothing = [ProjectCount("", key) for key in sorted(value.unshown.keys() - stored)]
    for one in (*count.projects, *nothing):
        unshown = value.unshown.get(one.key)
        until = complete_until(one, count, unshown, value.state.complete_until)
        project = _project(one, unshown)
        project.MergeFrom(pb.Completeness.Project(complete_until_time=time(until)))
        if value.digest and one.project_id in checked:
            project.MergeFrom(_checked(checked[one.project_id], value.digest.at))
        yield project


def _checked(value: Checked, at: Instant) -> pb.Completeness.Project:
    return pb.Completeness.Project(
        checked_issue_count=value.issues,
        checked_changelog_entry_count=value.entries,
        differing_issue_count=value.differing,
        check_time=time(at),
        estimated_issue_count=value.estimate,
    )


def _project(value: ProjectCount, unshown: Unshown | None) -> pb.Completeness.Project:
    project = pb.Completeness.Project
    reason = project.VANISHED if value.held else project.HOLD_REASON_UNSPECIFIED
    if unshown is not None:
        reason = project.NOT_SHOWN
    return project(
        id=value.project_id,
        key=value.key,
        issue_count=value.issues,
        held_count=value.held,
        hold_time=time(value.held_since if unshown is None else unshown.since),
        hold_reason=reason,
        changelog_entry_count=value.changelog_entries,
        expected_issue_count=value.issues + value.unstored if value.project_id else None,
        quarantined_count=value.quarantined,
    )


def _aside(value: Aside) -> pb.Completeness.QuarantinedIssue:
    return pb.Completeness.QuarantinedIssue(
        id=value.issue_id,
        problem=value.reason,
        create_time=time(value.since),
        try_time=time(value.tried),
        attempts=value.attempts,
        project_key=value.project_key,
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
