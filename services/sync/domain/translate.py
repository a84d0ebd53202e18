"""A site's words for an issue and its changelog, translated into the product's own.

Pure. The shapes are Jira Cloud REST v3's (PROTOCOLS.md): instants as ISO 8601 with an offset, or as
epoch milliseconds in bulk changelogs; users by accountId.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.kernel.ids import Instant, IssueId
from services.kernel.issue import Change, Issue, Tracked
from services.kernel.period import instant_of
from services.kernel.workflow import Category, Status

Json = Mapping[str, Any]

# What is asked of a site about each issue: no prose, no attachments, nothing that is not used.
FIELDS = (
    "project",
    "issuetype",
    "status",
    "assignee",
    "created",
    "updated",
    "resolutiondate",
)
_TRACKED = {field.value: field for field in Tracked}
# Up to the year 9999; what is beyond cannot be shown, and far beyond not even be stored.
LATEST = 253_402_300_799_999
LARGEST_NUMBER = 2**53


class Untranslatable(ValueError):
    """What the site sent for an issue lacks something without which it cannot be kept."""


def instant(value: str | int) -> Instant:
    """Read an instant: epoch milliseconds, or ISO 8601 with an offset, colon or not."""
    if isinstance(value, bool):
        raise Untranslatable("an instant that is none")
    found = value if isinstance(value, int) else _moment(value)
    if not 0 <= found <= LATEST:
        raise Untranslatable(f"an instant before 1970 or after 9999: {value}")
    return found


def _moment(text: str) -> Instant:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise Untranslatable(f"an instant without a zone: {text}")
    return instant_of(moment)


def _text(value: object) -> str:
    """Take a text or a whole number as text; anything else, null too, would be made up.

    Halves of a surrogate pair, which JSON allows and UTF-8 does not, become "?".
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Untranslatable("a text that is none")
    return str(value).encode("utf-8", "replace").decode()


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int:
    number = int(str(value))
    if abs(number) > LARGEST_NUMBER:
        raise Untranslatable(f"a number too large: {number}")
    return number


def _optional_instant(value: str | int | None) -> Instant | None:
    return None if value is None else instant(value)


def changes(histories: Iterable[Json]) -> tuple[Change, ...]:
    """Take the kept changes from changelog rows, in the order (instant, row id, item index).

    A row that comes twice (pages may overlap) counts once.
    """
    found: dict[tuple[Instant, int, int], Change] = {}
    for row in histories:
        at, history_id = instant(row["created"]), _number(row["id"])
        for index, item in enumerate(row["items"]):
            field = _TRACKED.get(item.get("fieldId") or item["field"]) or _TRACKED.get(
                item["field"]
            )
            if field is not None:
                found[at, history_id, index] = Change(
                    at=at,
                    history_id=history_id,
                    item_index=index,
                    field=field,
                    from_id=_optional_text(item.get("from")),
                    from_name=_optional_text(item.get("fromString")),
                    to_id=_optional_text(item.get("to")),
                    to_name=_optional_text(item.get("toString")),
                )
    return tuple(found[identity] for identity in sorted(found))


def issue(raw: Json, histories: Sequence[Json]) -> Issue:
    """Translate an issue and all of its changelog; Untranslatable where its core is missing."""
    try:
        fields = raw["fields"]
        kind, project, status = fields["issuetype"], fields["project"], fields["status"]
        assignee = fields.get("assignee") or {}
        return Issue(
            issue_id=IssueId(_text(raw["id"])),
            key=_text(raw["key"]),
            project_id=_text(project["id"]),
            project_key=_text(project["key"]),
            type_id=_text(kind["id"]),
            type_name=_text(kind["name"]),
            subtask=bool(kind.get("subtask", False)),
            hierarchy_level=_number(kind.get("hierarchyLevel", 0)),
            status_id=_text(status["id"]),
            status_name=_text(status["name"]),
            assignee_id=_optional_text(assignee.get("accountId")),
            assignee_name=_optional_text(assignee.get("displayName")),
            created=instant(fields["created"]),
            updated=instant(fields["updated"]),
            resolved=_optional_instant(fields.get("resolutiondate")),
            changes=changes(histories),
            history_count=len({row["id"] for row in histories}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as missing:
        raise Untranslatable(
            f"issue {raw.get('id')}: {type(missing).__name__} {missing}"
        ) from missing


def statuses(rows: Iterable[Json]) -> dict[str, Status]:
    """Translate the site's list of statuses, by id; Untranslatable where one has no id or name."""
    try:
        found = [_status(row) for row in rows]
        return {status.status_id: status for status in found}
    except (KeyError, TypeError, AttributeError) as missing:
        raise Untranslatable(f"a status: {type(missing).__name__} {missing}") from missing


def _status(row: Json) -> Status:
    return Status(
        status_id=_text(row["id"]),
        name=_text(row["name"]),
        category=Category.of((row.get("statusCategory") or {}).get("key")),
    )
