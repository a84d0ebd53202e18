"""Changing an issue: one edit, with its changelog entry, as Jira writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from twin.answers import Refusal
from twin.clock import wall_ms, written_ms
from twin.history import Entry, Issue, JsonObject
from twin.records import Kind
from twin.world import World

EDITOR = {"name": "twin-editor", "displayName": "Twin Editor", "active": True}
Ends = tuple[str | None, str | None]  # a value as its id and its text


class Edit(BaseModel):
    """What is to change; what is not named stays. `assignee` is a user name, null for nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: str | None = None  # a status id
    assignee: str | None = None
    delete: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One item of a changelog entry, and what it does: fields set, fields stamped, another key."""

    item: JsonObject
    fields: Mapping[str, Any] = field(default_factory=dict)
    stamped: tuple[str, ...] = ()  # fields that become the instant of the edit
    key: str | None = None


def apply(world: World, issue_id: str, edit: Edit, *, now_ms: int | None = None) -> Issue | None:
    """Edit an issue: a new changelog entry, a later `updated`. None when it was deleted.

    Refusal when the status is not known or nothing is asked for.
    """
    if edit.delete:
        world.remove(issue_id, author=EDITOR)
        return None
    issue = world.issue(issue_id)
    changes = [
        *([status_change(world, issue, edit.status)] if edit.status is not None else ()),
        *([_assigned_to(issue, edit.assignee)] if "assignee" in edit.model_fields_set else ()),
    ]
    if not changes:
        raise Refusal("An edit names a status, an assignee or delete.")
    return write(world, issue_id, changes, now_ms=wall_ms() if now_ms is None else now_ms)


def write(
    world: World,
    issue_id: str,
    changes: Sequence[Change],
    *,
    now_ms: int,
    author: JsonObject = EDITOR,
) -> Issue:
    """Make changes in one step: one changelog entry that tells them all, a later `updated`."""
    issue = world.issue(issue_id)
    at_ms = max(now_ms, issue.updated_ms + 1)
    at = written_ms(at_ms)
    entry = Entry(
        id=world.next_history_id(),
        created=at,
        created_ms=at_ms,
        author=author,
        items=tuple(change.item for change in changes),
    )
    fields, key = dict(issue.fields), issue.key
    for change in changes:
        fields.update(change.fields)
        fields.update(dict.fromkeys(change.stamped, at))
        key = change.key or key
    fields["updated"] = at
    changed = replace(issue, key=key, fields=fields, entries=(*issue.entries, entry))
    world.put(changed, author=author)
    return changed


def comment(world: World, issue_id: str, *, now_ms: int, author: JsonObject = EDITOR) -> Issue:
    """Comment on an issue: a later `updated`, and nothing in the changelog."""
    issue = world.issue(issue_id)
    at = written_ms(max(now_ms, issue.updated_ms + 1))
    said = issue.fields.get("comment", {}).get("comments", [])
    added = {"id": world.next_history_id(), "author": author, "created": at, "updated": at}
    comments = {"total": len(said) + 1, "comments": [*said, added]}
    changed = replace(issue, fields={**issue.fields, "comment": comments, "updated": at})
    world.put(changed, author=author, kind=Kind.COMMENTED)
    return changed


def status_change(world: World, issue: Issue, status_id: str) -> Change:
    """Give an issue another status; Refusal when the site has none of that id."""
    status = world.catalogue.statuses.get(status_id)
    if status is None:
        raise Refusal(f"There is no status {status_id}.")
    before = issue.fields["status"]
    changed = item("status", (before["id"], before["name"]), (status_id, status["name"]))
    return Change(changed, {"status": {"id": status_id, "name": status["name"]}})


def assignee_change(issue: Issue, person: JsonObject | None) -> Change:
    """Give an issue to somebody else, or to nobody."""
    before = issue.fields.get("assignee") or {"name": None, "displayName": None}
    after = person or {"name": None, "displayName": None}
    ends = (before["name"], before["displayName"]), (after["name"], after["displayName"])
    return Change(item("assignee", *ends), {"assignee": person})


def _assigned_to(issue: Issue, name: str | None) -> Change:
    person = None if name is None else {"name": name, "displayName": name, "active": True}
    return assignee_change(issue, person)


def item(name: str, before: Ends, after: Ends, *, field_id: str | None = None) -> JsonObject:
    """Make an item of a changelog entry; with a field's id, of a custom field."""
    return {
        "field": name,
        "fieldtype": "jira" if field_id is None else "custom",
        **({} if field_id is None else {"fieldId": field_id}),
        "from": before[0],
        "fromString": before[1],
        "to": after[0],
        "toString": after[1],
    }
