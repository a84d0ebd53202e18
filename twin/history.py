"""What an issue was at an earlier instant: its later changes undone, one by one, newest first.

Pure. The input is Jira REST v2 with its inline changelog; the output has the same shape.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from twin.undoing import undo

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an issue's changelog: what one person changed in one step."""

    id: str
    created: str  # as the site wrote it, ISO 8601 with milliseconds and offset
    created_ms: int  # the same instant, milliseconds since the epoch
    author: JsonObject | None
    items: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue with its whole changelog, oldest entry first; `fields` is in REST v2 shape."""

    id: str
    key: str
    fields: JsonObject
    entries: tuple[Entry, ...]

    @property
    def created_ms(self) -> int:
        """When it was created, milliseconds since the epoch."""
        return instant_ms(self.fields["created"])

    @property
    def updated_ms(self) -> int:
        """When anything about it changed last, milliseconds since the epoch."""
        return instant_ms(self.fields["updated"])


def instant_ms(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 instant that names its offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def read(line: bytes) -> Issue:
    """Parse one line of the data; KeyError, TypeError or ValueError when it is not an issue."""
    raw = json.loads(line)
    entries = [
        Entry(
            id=history["id"],
            created=history["created"],
            created_ms=instant_ms(history["created"]),
            author=history.get("author"),
            items=tuple(history["items"]),
        )
        for history in raw.get("changelog", {}).get("histories", ())
    ]
    entries.sort(key=lambda entry: (entry.created_ms, int(entry.id)))
    return Issue(id=raw["id"], key=raw["key"], fields=raw["fields"], entries=tuple(entries))


def as_of(issue: Issue, at_ms: int, *, issue_types: Mapping[str, JsonObject]) -> Issue | None:
    """Give the issue as it was at `at_ms`, or None when it did not exist yet.

    `issue_types` are the site's types by name: a changelog names a type but does not say whether
    it is a sub-task.
    """
    if issue.created_ms > at_ms:
        return None
    kept = tuple(entry for entry in issue.entries if entry.created_ms <= at_ms)
    undone = issue.entries[len(kept) :]
    if not undone and not _touched_later(issue.fields, at_ms):
        return issue
    key, fields = issue.key, dict(issue.fields)
    for entry in reversed(undone):
        for item in reversed(entry.items):
            key = undo(item, key=key, fields=fields)
    _settle(key, fields, kept, issue_types=issue_types)
    _forget_later(fields, at_ms)
    fields["updated"] = _latest_activity(fields, kept)
    return replace(issue, key=key, fields=fields, entries=kept)


def _touched_later(fields: JsonObject, at_ms: int) -> bool:
    """Say whether anything but the changelog shows that the issue was touched after `at_ms`."""
    instants = [fields["updated"], *_comment_instants(fields)]
    return any(instant_ms(text) > at_ms for text in instants)


def _settle(
    key: str, fields: JsonObject, kept: Iterable[Entry], *, issue_types: Mapping[str, JsonObject]
) -> None:
    """Put in what follows from the undone fields: the project's key, sub-task, resolution date."""
    fields["project"] = {**fields["project"], "key": key.rpartition("-")[0]}
    fields["issuetype"] = {
        **issue_types.get(fields["issuetype"]["name"], {}),
        **fields["issuetype"],
    }
    fields["resolutiondate"] = _resolution_date(fields, kept)


def _resolution_date(fields: JsonObject, kept: Iterable[Entry]) -> str | None:
    """When the resolution the issue now has was given to it."""
    if not fields.get("resolution"):
        return None
    given = [
        entry.created
        for entry in kept
        if any(item["field"] == "resolution" and item.get("to") for item in entry.items)
    ]
    return given[-1] if given else fields["created"]


def _forget_later(fields: JsonObject, at_ms: int) -> None:
    """Drop comments, worklogs and releases that came after `at_ms`."""
    comments = [
        comment if instant_ms(comment["updated"]) <= at_ms else _unedited(comment)
        for comment in fields.get("comment", {}).get("comments", ())
        if instant_ms(comment["created"]) <= at_ms
    ]
    fields["comment"] = {"total": len(comments), "comments": comments}
    worklogs = [
        worklog
        for worklog in fields.get("worklog", {}).get("worklogs", ())
        if instant_ms(worklog["started"]) <= at_ms
    ]
    fields["worklog"] = {"total": len(worklogs), "worklogs": worklogs}
    day = datetime.fromtimestamp(at_ms / 1000, tz=UTC).date().isoformat()
    for name in ("fixVersions", "versions"):
        fields[name] = [_before_release(version, day) for version in fields.get(name, ())]


def _unedited(comment: JsonObject) -> JsonObject:
    """Give the comment as it was before it was edited."""
    return {**comment, "updated": comment["created"]}


def _before_release(version: JsonObject, day: str) -> JsonObject:
    """Give the version without a release that came after `day` (ISO date)."""
    if version.get("releaseDate", "") <= day:
        return version
    return {"id": version["id"], "name": version["name"], "released": False}


def _comment_instants(fields: JsonObject) -> list[str]:
    """When its comments were written and edited."""
    comments = fields.get("comment", {}).get("comments", ())
    return [comment[name] for comment in comments for name in ("created", "updated")]


def _latest_activity(fields: JsonObject, kept: Iterable[Entry]) -> str:
    """When the issue was touched last, of all that is left."""
    instants = [fields["created"], *_comment_instants(fields), *(entry.created for entry in kept)]
    return str(max(instants, key=instant_ms))
