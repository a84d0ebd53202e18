"""How much of a site is stored: counted whenever all of it was listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.kernel.ids import Instant, IssueId
from services.sync.domain.unshown import Unshown


@dataclass(frozen=True, slots=True)
class ProjectCount:
    """What is stored of a project; `held` of it is what the site shows no more, since `held_since`.

    `changelog_entries` are all rows of its issues' changelogs, kept or not. `quarantined`: issues
    that are set aside; `unstored`: those of them of which nothing is stored.
    """

    project_id: str
    key: str
    issues: int = 0
    held: int = 0
    held_since: Instant | None = None
    changelog_entries: int = 0
    quarantined: int = 0
    unstored: int = 0


@dataclass(frozen=True, slots=True)
class Aside:
    """An issue that was set aside: why, since when, and how often it was tried."""

    issue_id: IssueId
    reason: str
    since: Instant
    tried: Instant
    attempts: int
    project_key: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """What was stored, by project, when a sweep of everything had been compared with it.

    `settled_until`: every change before it is stored, also of what was not shown for a while. It
    stays where it is while anything is held: what happens to that, nobody sees. `lost`: issues that
    were listed, and then neither given nor set aside.
    """

    at: Instant
    projects: Sequence[ProjectCount]
    settled_until: Instant | None = None
    lost: int = 0


@dataclass(frozen=True, slots=True)
class More:
    """By how many more issues are stored, are set aside, and are either."""

    stored: int
    aside: int
    known: int


def expected_after(expected: int | None, stored: int, more: More, *, listed: bool) -> int | None:
    """Tell how many issues are counted once `more` of them are known; `stored` are stored then.

    What was `listed` was counted then. Nothing is stored that is not counted.
    """
    if expected is None:
        return None
    return max(expected if listed else expected + more.known, stored)


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


def with_aside(count: Count, aside: Iterable[tuple[str, str, bool]]) -> Count:
    """Count in their projects what is set aside: of each its project, and whether it is stored."""
    projects = {one.project_id: one for one in count.projects}
    for project_id, key, stored in aside:
        if project_id:
            known = projects.get(project_id) or ProjectCount(project_id, key)
            projects[project_id] = replace(
                known, quarantined=known.quarantined + 1, unstored=known.unstored + (not stored)
            )
    return replace(count, projects=[projects[project_id] for project_id in sorted(projects)])


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
        until = before.settled_until if before else None
        return replace(count, projects=projects, settled_until=until)
    return replace(count, projects=projects)
