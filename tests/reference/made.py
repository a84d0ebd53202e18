"""Raw issues made by hand, in the shape in which Jira gives them.

Statuses 1 is new, 3 and 4 are indeterminate, 5 and 6 are done; instants are small numbers of ms.
"""

from typing import Any

CATEGORIES = {"1": "new", "3": "indeterminate", "4": "indeterminate", "5": "done", "6": "done"}
LATER = 10_000


def an_issue(
    *moves: tuple[int, str, str], created: int = 0, status: str = "", **fields: Any
) -> Any:
    """Make a raw issue of status changes (at, from, to); its own status: as given, or the last."""
    own = status or (moves[-1][2] if moves else "1")
    histories = [
        {"id": str(number), "created": at, "items": [an_item("status", source, target)]}
        for number, (at, source, target) in enumerate(moves, start=9)
    ]
    return {
        "key": "AB-1",
        "fields": {
            "created": created,
            "updated": LATER,
            "status": {"id": own, "name": f"S{own}"},
            "issuetype": {"name": "Bug", "subtask": False, "hierarchyLevel": 0},
            "project": {"key": "AB"},
            "assignee": None,
            **fields,
        },
        "changelog": {"histories": histories},
    }


def an_item(field: str, source: str | None, target: str | None) -> dict[str, Any]:
    """Make a changelog item."""
    return {
        "field": field,
        "fieldtype": "jira",
        "from": source,
        "fromString": f"S{source}",
        "to": target,
        "toString": f"S{target}",
    }
