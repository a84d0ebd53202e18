"""Issues with histories made by hand. Statuses: 1 new, 3 and 4 in progress, 5 and 6 done."""

from typing import Any

from services.kernel.ids import IssueId
from services.kernel.issue import Change, Issue, Tracked
from services.kernel.workflow import Category, Status, Workflow

CATEGORIES = {
    "1": Category.NEW,
    "3": Category.INDETERMINATE,
    "4": Category.INDETERMINATE,
    "5": Category.DONE,
    "6": Category.DONE,
}
WORKFLOW = Workflow(
    statuses={
        status_id: Status(status_id, f"S{status_id}", category)
        for status_id, category in CATEGORIES.items()
    }
)
STAGES = {status_id: category.stage for status_id, category in CATEGORIES.items()}
# The last update of an issue, unless said otherwise: after all that happens to it.
LATER = 1_000_000


def change(
    at: int,
    field: Tracked,
    source: str | None,
    target: str | None,
    *,
    history: int = 0,
    **rest: Any,
) -> Change:
    """Make a change whose names are S and the id; `history` is `at` unless given."""
    values = {
        "from_name": source and f"S{source}",
        "to_name": target and f"S{target}",
        "item_index": 0,
        **rest,
    }
    return Change(
        at=at, history_id=history or at, field=field, from_id=source, to_id=target, **values
    )


def move(at: int, source: str | None, target: str | None, **rest: Any) -> Change:
    """Make a status change."""
    return change(at, Tracked.STATUS, source, target, **rest)


def issue(*changes: Change, issue_id: str = "1", status: str | None = None, **values: Any) -> Issue:
    """Make an issue with these changes; its own status is where they left it."""
    moves = [found for found in changes if found.field is Tracked.STATUS]
    own = status or (moves[-1].to_id if moves and moves[-1].to_id else "1")
    given: dict[str, Any] = {
        "key": f"AB-{issue_id}",
        "project_id": "100",
        "project_key": "AB",
        "type_id": "7",
        "type_name": "Bug",
        "subtask": False,
        "hierarchy_level": 0,
        "status_id": own,
        "status_name": f"S{own}",
        "assignee_id": None,
        "assignee_name": None,
        "created": 0,
        "updated": LATER,
        "resolved": None,
        "history_count": len(changes),
        **values,
    }
    return Issue(issue_id=IssueId(issue_id), changes=tuple(changes), **given)
