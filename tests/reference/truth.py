"""What the product must hold and say of a twin, computed from what the twin says it holds.

A truth is what ``GET /_twin/truth`` answers, or ``twin.truth.truth_of(site).as_json()``: raw issues
with their changelogs, and the category of each status id.
"""

from collections.abc import Collection
from typing import Any

from tests.reference.metrics import figures
from tests.reference.timeline import instant

# The fields whose changes are kept, as changelogs call them, and as what they are stored.
KEPT = {
    **{name: name for name in ("status", "assignee", "project", "Key", "issuetype", "resolution")},
    "parent": "parent",
    "IssueParentAssociation": "parent",
}
ROLES = {
    "sprint": "sprint",
    "epic link": "epic",
    "points": "points",
    "team points": "points",
    "flagged": "flagged",
}


def figures_of_truth(
    truth: dict[str, Any],
    *,
    start: int,
    end: int,
    as_of: int,
    time_zone: str = "UTC",
    projects: Collection[str] = (),
    issue_types: Collection[str] = (),
) -> dict[str, Any]:
    """Count every figure of the window [start, end) in ms: summary, bottlenecks, workload."""
    return figures(
        truth["issues"],
        truth["categories"],
        start=start,
        end=end,
        time_zone=time_zone,
        as_of=as_of,
        projects=projects,
        issue_types=issue_types,
    )


def stored_of_truth(truth: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Say by issue id what must be stored of each issue once all is quiet.

    Names of statuses and people are as the site shows them now; another name touches no issue.
    """
    return {issue["id"]: _stored(issue, truth["roles"]) for issue in truth["issues"]}


def _stored(issue: dict[str, Any], roles: dict[str, str]) -> dict[str, Any]:
    fields = issue["fields"]
    kind, project, status = fields["issuetype"], fields["project"], fields["status"]
    assignee, resolved = fields.get("assignee") or {}, fields.get("resolutiondate")
    histories = issue["changelog"]["histories"]
    return {
        "key": issue["key"],
        "project_id": project["id"],
        "project_key": project["key"],
        "type_id": kind["id"],
        "type_name": kind["name"],
        "subtask": kind["subtask"],
        "hierarchy_level": kind["hierarchyLevel"],
        "status_id": status["id"],
        "status_name": status["name"],
        "assignee_id": assignee.get("accountId"),
        "assignee_name": assignee.get("displayName"),
        "created": instant(fields["created"]),
        "updated": instant(fields["updated"]),
        "resolved": None if resolved is None else instant(resolved),
        "history_count": len(histories),
        "changes": _changes(histories, roles),
        **_planned(fields, roles),
    }


def _planned(fields: dict[str, Any], roles: dict[str, str]) -> dict[str, Any]:
    """Say what the site's own fields hold, each found by what the twin says it is for."""
    held = {role: fields.get(field_id) for field_id, role in roles.items()}
    estimates = [held.get("points"), held.get("team points")]
    if fields["project"].get("simplified"):
        estimates.reverse()
    return {
        "points": next((value for value in estimates if value is not None), None),
        "sprint_ids": [str(sprint["id"]) for sprint in held.get("sprint") or ()],
        "flagged": bool(held.get("flagged")),
        "parent_id": (fields.get("parent") or {}).get("id"),
        "epic_key": held.get("epic link"),
    }


def _changes(histories: list[dict[str, Any]], roles: dict[str, str]) -> list[tuple[Any, ...]]:
    """List the kept changes: at, history id, item index, field, from and to, each id and name."""
    found = []
    for history in histories:
        for index, item in enumerate(history["items"]):
            field = _kept_as(item, roles)
            if field is not None:
                at, history_id = instant(history["created"]), int(history["id"])
                ends = tuple(item[end] for end in ("from", "fromString", "to", "toString"))
                found.append((at, history_id, index, field, *ends))
    return sorted(found, key=lambda row: row[:3])


def _kept_as(item: dict[str, Any], roles: dict[str, str]) -> str | None:
    if item["fieldtype"] == "custom":
        role = roles.get(item.get("fieldId", ""))
        return ROLES[role] if role else None
    names = [KEPT[name] for name in (item.get("fieldId"), item["field"]) if name in KEPT]
    return names[0] if names else None
