"""Undoing one item of a changelog: the field gets back the value it had before.

Pure. Prose (summary, description, comments) has no values in the data, so it stays as it is;
a removed link comes back without its id, which no changelog holds.
"""

from collections.abc import Callable
from typing import Any

JsonObject = dict[str, Any]
Undo = Callable[[JsonObject, JsonObject], None]


def undo(item: JsonObject, *, key: str, fields: JsonObject) -> str:
    """Undo `item` in `fields`, in place, and give the issue's key as it was before the item.

    Lists and objects inside `fields` are replaced, never changed, so a shallow copy is enough.
    """
    if item["field"] == "Key":
        return str(item["fromString"])
    change = _UNDO.get(item["field"])
    if change is not None:
        change(item, fields)
    return key


def _named(field: str) -> Undo:
    """Undo a field whose value has an id and a name."""

    def change(item: JsonObject, fields: JsonObject) -> None:
        known = item["from"] is not None
        fields[field] = {"id": item["from"], "name": item["fromString"]} if known else None

    return change


def _person(field: str) -> Undo:
    """Undo a field that holds a person, named by its key."""

    def change(item: JsonObject, fields: JsonObject) -> None:
        name, shown = item["from"], item["fromString"]
        person = {"name": name, "key": name, "displayName": shown, "active": True}
        fields[field] = person if name is not None else None

    return change


def _listed(field: str) -> Undo:
    """Undo one added, removed or replaced element of a list of things with ids."""

    def change(item: JsonObject, fields: JsonObject) -> None:
        left = [thing for thing in fields.get(field, ()) if thing["id"] != item["to"]]
        if item["from"] is not None:
            left.append({"id": item["from"], "name": item["fromString"]})
        fields[field] = left

    return change


def _number(field: str) -> Undo:
    """Undo a field of seconds."""

    def change(item: JsonObject, fields: JsonObject) -> None:
        fields[field] = None if item["from"] is None else int(item["from"])

    return change


def _labels(item: JsonObject, fields: JsonObject) -> None:
    fields["labels"] = (item["fromString"] or "").split()


def _due_date(item: JsonObject, fields: JsonObject) -> None:
    # old entries have the date in the shown text only
    text = item["from"] or item["fromString"]
    fields["duedate"] = text[:10] if text else None


def _parent(item: JsonObject, fields: JsonObject) -> None:
    fields.pop("parent", None)
    if item["from"] is not None:
        fields["parent"] = {"id": item["from"], "key": item["fromString"]}


def _link(item: JsonObject, fields: JsonObject) -> None:
    """Take an added link away; a removed one cannot be made again, its id and type are gone."""
    fields["issuelinks"] = [
        link for link in fields.get("issuelinks", ()) if linked_key(link) != item["to"]
    ]


def linked_key(link: JsonObject) -> str:
    """Give the key of the issue at the other end of a link."""
    return str((link.get("inwardIssue") or link["outwardIssue"])["key"])


_UNDO: dict[str, Undo] = {
    "status": _named("status"),
    "issuetype": _named("issuetype"),
    "priority": _named("priority"),
    "resolution": _named("resolution"),
    "Project": _named("project"),
    "assignee": _person("assignee"),
    "reporter": _person("reporter"),
    "Fix Version": _listed("fixVersions"),
    "Version": _listed("versions"),
    "Component": _listed("components"),
    "labels": _labels,
    "Link": _link,
    "Parent": _parent,
    "duedate": _due_date,
    "timeestimate": _number("timeestimate"),
    "timeoriginalestimate": _number("timeoriginalestimate"),
    "timespent": _number("timespent"),
}
