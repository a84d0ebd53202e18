"""Which fields a site has, and which of them a request asks for."""

from collections.abc import Callable, Iterable

from twin.custom_fields import CustomField
from twin.history import JsonObject

# id, name, schema type, schema items, navigable
_SYSTEM_FIELDS = (
    ("assignee", "Assignee", "user", None, True),
    ("comment", "Comment", "comments-page", None, False),
    ("components", "Components", "array", "component", True),
    ("created", "Created", "datetime", None, True),
    ("creator", "Creator", "user", None, True),
    ("description", "Description", "string", None, True),
    ("duedate", "Due date", "date", None, True),
    ("fixVersions", "Fix versions", "array", "version", True),
    ("issuelinks", "Linked Issues", "array", "issuelinks", True),
    ("issuetype", "Issue Type", "issuetype", None, True),
    ("labels", "Labels", "array", "string", True),
    ("parent", "Parent", "issuelink", None, True),
    ("priority", "Priority", "priority", None, True),
    ("project", "Project", "project", None, True),
    ("reporter", "Reporter", "user", None, True),
    ("resolution", "Resolution", "resolution", None, True),
    ("resolutiondate", "Resolved", "datetime", None, True),
    ("status", "Status", "status", None, True),
    ("subtasks", "Sub-tasks", "array", "issuelinks", True),
    ("summary", "Summary", "string", None, True),
    ("timeestimate", "Remaining Estimate", "number", None, True),
    ("timeoriginalestimate", "Original estimate", "number", None, True),
    ("timespent", "Time Spent", "number", None, True),
    ("updated", "Updated", "datetime", None, True),
    ("versions", "Affects versions", "array", "version", True),
    ("worklog", "Log Work", "array", "worklog", False),
)
_NOT_NAVIGABLE = {id_ for id_, _name, _type, _items, navigable in _SYSTEM_FIELDS if not navigable}

# how a changelog names a field -> the field's id
CHANGELOG_FIELD_IDS = {
    "status": "status",
    "assignee": "assignee",
    "reporter": "reporter",
    "resolution": "resolution",
    "priority": "priority",
    "issuetype": "issuetype",
    "summary": "summary",
    "description": "description",
    "environment": "environment",
    "labels": "labels",
    "duedate": "duedate",
    "security": "security",
    "timeestimate": "timeestimate",
    "timeoriginalestimate": "timeoriginalestimate",
    "timespent": "timespent",
    "Project": "project",
    "project": "project",
    "Key": "issuekey",
    "Parent": "parent",
    "Link": "issuelinks",
    "Fix Version": "fixVersions",
    "Version": "versions",
    "Component": "components",
    "Attachment": "attachment",
    "Comment": "comment",
}
PERSON_FIELDS = frozenset({"assignee", "reporter"})


def field_details(custom_fields: Iterable[CustomField]) -> list[JsonObject]:
    """Write every field of the site."""
    system = [
        {
            "id": id_,
            "key": id_,
            "name": name,
            "custom": False,
            "orderable": navigable,
            "navigable": navigable,
            "searchable": True,
            "clauseNames": [id_],
            "schema": {"type": type_, **({"items": items} if items else {}), "system": id_},
        }
        for id_, name, type_, items, navigable in _SYSTEM_FIELDS
    ]
    return [*system, *(custom.details() for custom in custom_fields)]


def wanted_fields(requested: Iterable[str], *, default: str) -> Callable[[str], bool]:
    """Say which fields a request asks for: ids, `*all`, `*navigable`, and `-id` to leave out."""
    names = {name.strip() for entry in requested for name in entry.split(",")} - {""}
    left_out = {name.removeprefix("-") for name in names if name.startswith("-")}
    asked = {name for name in names if not name.startswith("-")} or {default}

    def wanted(name: str) -> bool:
        if name in left_out:
            return False
        by_group = "*all" in asked or ("*navigable" in asked and name not in _NOT_NAVIGABLE)
        return by_group or name in asked

    return wanted
