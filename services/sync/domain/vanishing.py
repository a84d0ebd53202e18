"""Whether issues that a site gives no more were deleted, or a permission was lost.

Both look alike: a site leaves out silently what it does not show.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.kernel.ids import Instant, IssueId
from services.sync.domain.completeness import ProjectCount

# People delete some issues at a time; a permission takes a share of a project, or all of it.
BELIEVED: Final = 20
BELIEVED_SHARE: Final = 0.05
# So few issues may be deleted one by one that nothing is left of their projects.
SMALL_PROJECT: Final = 5


@dataclass(frozen=True, slots=True)
class Missing:
    """A stored issue that the site does not list; `left_scope`: it is there, and not collected.

    `changelog_entries` are the rows of its changelog, as in ProjectCount.
    """

    issue_id: IssueId
    project_id: str
    left_scope: bool = False
    changelog_entries: int = 0


@dataclass(frozen=True, slots=True)
class Census:
    """What is stored and was not listed, and what is stored by project.

    `aside` was not listed either, was set aside, and is stored in no other form. `shown` are the
    projects of which something was listed. `lost` were listed, and are neither stored nor aside.
    """

    missing: Sequence[Missing]
    projects: Mapping[str, ProjectCount]
    aside: Sequence[IssueId] = ()
    shown: Collection[str] = ()
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Issues to be marked as deleted; and by project how many are held: too much at once."""

    deleted: Sequence[IssueId]
    held: Mapping[str, int]


def judged(
    gone: Sequence[Missing],
    projects: Mapping[str, ProjectCount],
    *,
    believes: bool,
    shown: Collection[str] = (),
    hidden: Collection[str] = (),
) -> Verdict:
    """Judge what is gone, by project and over all; where somebody said so, all of it is deleted.

    `shown` are ids of projects of which the site gave anything. `hidden` are keys of projects that
    it says not to show: of those nothing is known.
    """
    deleted = [one.issue_id for one in gone if one.left_scope]
    by_project: dict[str, list[IssueId]] = defaultdict(list)
    for one in gone:
        if not one.left_scope:
            by_project[one.project_id].append(one.issue_id)
    counts = {project_id: len(ids) for project_id, ids in by_project.items()}
    held = set[str]() if believes else _held(counts, projects, shown=shown, hidden=hidden)
    for project_id, ids in by_project.items():
        deleted += [] if project_id in held else ids
    return Verdict(deleted, {project_id: counts[project_id] for project_id in sorted(held)})


def _held(
    counts: Mapping[str, int],
    projects: Mapping[str, ProjectCount],
    *,
    shown: Collection[str],
    hidden: Collection[str],
) -> set[str]:
    """Give the projects of which too much is gone at once, each by itself or all together.

    A permission may be lost to many small projects, or to some issues of each: little of one.
    """
    whole = counts.keys() - set(shown)
    held = {
        project_id
        for project_id, count in counts.items()
        if projects[project_id].key in hidden or _too_much(count, projects[project_id].issues)
    }
    # It may be called otherwise by now: whatever is gone as a whole may be what is not shown.
    lost = sum(projects[project_id].issues for project_id in whole)
    if hidden or not shown or lost >= SMALL_PROJECT:
        held |= whole
    left = sum(count for project_id, count in counts.items() if project_id not in held)
    stored = sum(one.issues for project_id, one in projects.items() if project_id not in held)
    return set(counts) if _too_much(left, stored) else held


def counted(
    census: Census, gone: Sequence[Missing], verdict: Verdict, now: Instant
) -> list[ProjectCount]:
    """Count what is stored of each project once what is deleted is marked so."""
    deleted = set(verdict.deleted)
    fewer, rows = Counter[str](), Counter[str]()
    for one in gone:
        if one.issue_id in deleted:
            fewer[one.project_id] += 1
            rows[one.project_id] += one.changelog_entries
    return [
        replace(
            project,
            issues=project.issues - fewer[project_id],
            changelog_entries=project.changelog_entries - rows[project_id],
            held=verdict.held.get(project_id, 0),
            held_since=now if project_id in verdict.held else None,
        )
        for project_id, project in sorted(census.projects.items())
    ]


def _too_much(count: int, stored: int) -> bool:
    return count > BELIEVED and count > stored * BELIEVED_SHARE
