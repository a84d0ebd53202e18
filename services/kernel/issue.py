"""An issue with the history that its metrics derive from."""

from dataclasses import dataclass
from enum import StrEnum

from services.kernel.ids import Instant, IssueId


class Tracked(StrEnum):
    """The fields whose changes are kept: by Jira's own field ids, or by what a site's are for."""

    STATUS = "status"
    ASSIGNEE = "assignee"
    PROJECT = "project"
    KEY = "Key"
    ISSUE_TYPE = "issuetype"
    RESOLUTION = "resolution"
    PARENT = "parent"
    POINTS = "points"
    SPRINT = "sprint"
    FLAGGED = "flagged"
    EPIC = "epic"


@dataclass(frozen=True, slots=True)
class Change:
    """One item of one changelog row; (issue, history_id, item_index) is its identity.

    Ids are the site's; names are what the row itself said, since names change and ids stay.
    """

    at: Instant
    history_id: int
    item_index: int
    field: Tracked
    from_id: str | None
    from_name: str | None
    to_id: str | None
    to_name: str | None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as the site showed it at `updated`, and every kept change up to then.

    `changes` are in the order (at, history_id, item_index). `history_count` counts all of the
    issue's changelog rows, kept or not. `deleted` is when the site was seen without it. `points`
    are its estimate; `sprint_ids` the sprints it is or was in; `parent_id` what it is a part of;
    `epic_key` the epic that a link of the older kind names, by its key when it was read.
    """

    issue_id: IssueId
    key: str
    project_id: str
    project_key: str
    type_id: str
    type_name: str
    subtask: bool
    hierarchy_level: int
    status_id: str
    status_name: str
    assignee_id: str | None
    assignee_name: str | None
    created: Instant
    updated: Instant
    resolved: Instant | None
    changes: tuple[Change, ...]
    history_count: int
    deleted: Instant | None = None
    points: float | None = None
    sprint_ids: tuple[str, ...] = ()
    flagged: bool = False
    parent_id: str | None = None
    epic_key: str | None = None
