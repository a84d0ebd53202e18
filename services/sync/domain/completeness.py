"""How much of a site is stored: counted whenever all of it was listed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.kernel.ids import Instant, IssueId
from services.sync.domain.unshown import Unshown


@dataclass(frozen=True, slots=True)
class ProjectCount:
    """What is stored of a project; `held` of it is what the site shows no more, since `held_since`.

    `changelog_entries` are all rows of its issues' changelogs, kept or not.
    """

    project_id: str
    key: str
    issues: int = 0
    held: int = 0
    held_since: Instant | None = None
    changelog_entries: int = 0


@dataclass(frozen=True, slots=True)
class Aside:
    """An issue that was set aside: why, since when, and how often it was tried."""

    issue_id: IssueId
    reason: str
    since: Instant
    tried: Instant
    attempts: int


@dataclass(frozen=True, slots=True)
class Count:
    """What was stored, by project, when a sweep of everything had been compared with it.

    `settled_until`: every change before it is stored, also of what was not shown for a while. It
    stays where it is while anything is held: what happens to that, nobody sees.
    """

    at: Instant
    projects: Sequence[ProjectCount]
    settled_until: Instant | None = None


def complete_until(
    project: ProjectCount, count: Count, unshown: Unshown | None, until: Instant | None
) -> Instant | None:
    """Tell before when every change of a project is stored; `until`: of those that are seen."""
    if unshown is not None:
        return unshown.complete_until
    return count.settled_until if project.held else until


def add_issue(
    projects: dict[str, ProjectCount], project_id: str, key: str, changelog_entries: int
) -> None:
    """Count a stored issue in its project, which is called as the first of its issues says."""
    known = projects.get(project_id) or ProjectCount(project_id, key)
    entries = known.changelog_entries + changelog_entries
    projects[project_id] = replace(known, issues=known.issues + 1, changelog_entries=entries)


def held_on(count: Count, before: Count | None) -> Count:
    """Take over since when issues are held of projects of which some were held before.

    Where some are, nothing is settled that was not.
    """
    since = {one.project_id: one.held_since for one in before.projects} if before else {}
    projects = [
        replace(one, held_since=since.get(one.project_id) or one.held_since) if one.held else one
        for one in count.projects
    ]
    if any(project.held for project in projects):
        return Count(count.at, projects, before.settled_until if before else None)
    return replace(count, projects=projects)
