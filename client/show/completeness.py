"""How much of a site is stored: up to when, how many of how many, and what is not."""

from rich.console import Group, RenderableType
from rich.text import Text

from client.show.listing import filled, listing, stamp
from jira_analytics.sync.v1.sync_pb2 import Completeness

NOT_SHOWN = (
    "Some projects that are to be collected are not shown by the site: they were deleted or are "
    "called otherwise, or the account lost them. Name others with: jira-analytics collect"
)
BELIEVE = "jira-analytics sync --full --believe-vanished"


def show_completeness(said: Completeness) -> RenderableType:
    """Show what is stored and what is not, and what can be done about that."""
    parts: list[RenderableType] = [Text(f"{_until(said)}, {_stored(said)}", style="bold")]
    if said.projects:
        parts += ["", _projects(said), "", _counted(said)]
    if said.lists:
        parts += [_lists(said)]
    if any(one.hold_reason == Completeness.Project.NOT_SHOWN for one in said.projects):
        parts += ["", Text(NOT_SHOWN, style="yellow")]
    if said.held_count:
        parts += ["", _held(said)]
    if said.quarantined_count:
        parts += ["", Text(f"{said.quarantined_count:,} set aside:", style="yellow"), _aside(said)]
    return Group(*parts)


def _until(said: Completeness) -> str:
    if not said.HasField("complete_until_time"):
        return "Not complete yet: the first full sync has not ended"
    return f"Complete to {stamp(said.complete_until_time)}"


def _stored(said: Completeness) -> str:
    if not said.HasField("expected_issue_count"):
        return f"{said.issue_count:,} issues stored"
    return f"{said.issue_count:,} of {said.expected_issue_count:,} issues stored"


def _projects(said: Completeness) -> RenderableType:
    table = listing("project", "issues", "changelog entries", "checked", "not as it is")
    for column in table.columns[1:]:
        column.justify = "right"
    return filled(
        table,
        (
            (
                project.key,
                _of_counted(project),
                f"{project.changelog_entry_count:,}",
                _check(project),
                ", ".join(filter(None, (_hold(project), _set_aside(project)))),
            )
            for project in said.projects
        ),
    )


def _of_counted(project: Completeness.Project) -> str:
    stored, counted = project.issue_count, project.expected_issue_count
    return f"{stored:,} of {counted:,}" if counted > stored else f"{stored:,}"


def _set_aside(project: Completeness.Project) -> str:
    return f"{project.quarantined_count:,} set aside" if project.quarantined_count else ""


def _check(project: Completeness.Project) -> str:
    if not project.HasField("check_time"):
        return ""
    differ = f", {project.differing_issue_count:,} differ" if project.differing_issue_count else ""
    return f"{project.checked_changelog_entry_count:,} of {project.checked_issue_count:,}{differ}"


def _hold(project: Completeness.Project) -> str:
    if project.hold_reason == Completeness.Project.HOLD_REASON_UNSPECIFIED:
        return ""
    hidden = project.hold_reason == Completeness.Project.NOT_SHOWN
    what = "not shown" if hidden else f"{project.held_count:,}"
    said = f"{what} since {stamp(project.hold_time)}"
    if not project.HasField("complete_until_time"):
        return f"{said}, never complete"
    return f"{said}, complete to {stamp(project.complete_until_time)}"


def _counted(said: Completeness) -> Text:
    return Text(f"counted {stamp(said.count_time)}", style="dim")


def _lists(said: Completeness) -> Text:
    """Tell what the site lists beside its issues, and when that was read."""
    shown = []
    for one in said.lists:
        what = Completeness.SiteList.Kind.Name(one.kind).lower()
        more = "" if one.whole else " or more"
        shown.append(f"{one.count:,}{more} {what}, read {stamp(one.read_time)}")
    return Text("; ".join(shown), style="dim")


def _held(said: Completeness) -> Text:
    return Text(
        f"{said.held_count:,} issues are shown by the site no more, too many at once to be taken "
        f"as deleted: look whether the account lost a permission. If they were deleted: {BELIEVE}",
        style="yellow",
    )


def _aside(said: Completeness) -> RenderableType:
    rows = (
        (
            issue.id,
            issue.project_key,
            stamp(issue.create_time),
            f"{issue.attempts:,}",
            issue.problem,
        )
        for issue in said.quarantined
    )
    return filled(listing("id", "project", "since", "tries", "problem"), rows)
