"""Changing the site from a test: one edit of one issue, with its changelog entry."""

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from twin.answers import Refusal
from twin.history import Entry, Issue, JsonObject
from twin.shifting import written
from twin.world import World

_EDITOR = {"name": "twin-editor", "displayName": "Twin Editor", "active": True}


class Edit(BaseModel):
    """What is to change; what is not named stays. `assignee` is a user name, null for nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: str | None = None  # a status id
    assignee: str | None = None
    delete: bool = False


def apply(world: World, issue_id: str, edit: Edit, *, now: datetime | None = None) -> Issue | None:
    """Edit an issue: a new changelog entry, a later `updated`. None when it was deleted.

    Refusal when the status is not known or nothing is asked for.
    """
    if edit.delete:
        world.remove(issue_id)
        return None
    issue = world.issue(issue_id)
    changes = [
        *(_status_change(world, issue, edit.status) if edit.status is not None else ()),
        *(_assignee_change(issue, edit.assignee) if "assignee" in edit.model_fields_set else ()),
    ]
    if not changes:
        raise Refusal("An edit names a status, an assignee or delete.")
    at = written(now or datetime.now(UTC))
    created_ms = max(round(datetime.fromisoformat(at).timestamp() * 1000), issue.updated_ms + 1)
    at = written(datetime.fromtimestamp(created_ms / 1000, tz=UTC))
    entry = Entry(
        id=world.next_history_id(),
        created=at,
        created_ms=created_ms,
        author=_EDITOR,
        items=tuple(item for item, _value in changes),
    )
    fields = {**issue.fields, "updated": at, **{item["field"]: value for item, value in changes}}
    changed = replace(issue, fields=fields, entries=(*issue.entries, entry))
    world.put(changed)
    return changed


def _status_change(world: World, issue: Issue, status_id: str) -> list[tuple[JsonObject, object]]:
    status = world.catalogue.statuses.get(status_id)
    if status is None:
        raise Refusal(f"There is no status {status_id}.")
    before = issue.fields["status"]
    item = _item("status", (before["id"], before["name"]), (status_id, status["name"]))
    return [(item, {"id": status_id, "name": status["name"]})]


def _assignee_change(issue: Issue, name: str | None) -> list[tuple[JsonObject, object]]:
    before = issue.fields.get("assignee") or {"name": None, "displayName": None}
    after = None if name is None else {"name": name, "displayName": name, "active": True}
    item = _item("assignee", (before["name"], before["displayName"]), (name, name))
    return [(item, after)]


def _item(
    field: str, before: tuple[str | None, str | None], after: tuple[str | None, str | None]
) -> JsonObject:
    return {
        "field": field,
        "fieldtype": "jira",
        "from": before[0],
        "fromString": before[1],
        "to": after[0],
        "toString": after[1],
    }
