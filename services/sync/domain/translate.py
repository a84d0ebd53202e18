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


class Untranslatable(ValueError):
    """What the site sent for an issue lacks something without which it cannot be kept."""


def instant(value: str | int) -> Instant:
    """Read an instant: epoch milliseconds, or ISO 8601 with an offset, colon or not."""
    if isinstance(value, int):
        return value
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise Untranslatable(f"an instant without a zone: {value}")
    return instant_of(moment)


def _optional_instant(value: str | int | None) -> Instant | None:
    return None if value is None else instant(value)


def changes(histories: Iterable[Json]) -> tuple[Change, ...]:
    """Take the kept changes from changelog rows, in the order (instant, row id, item index).

    A row that comes twice (pages may overlap) counts once.
    """
    found: dict[tuple[Instant, int, int], Change] = {}
    for row in histories:
        at, history_id = instant(row["created"]), int(row["id"])
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
                    from_id=item.get("from"),
                    from_name=item.get("fromString"),
                    to_id=item.get("to"),
                    to_name=item.get("toString"),
                )
    return tuple(found[identity] for identity in sorted(found))


def issue(raw: Json, histories: Sequence[Json]) -> Issue:
    """Translate an issue and all of its changelog; Untranslatable where its core is missing."""
    try:
        fields = raw["fields"]
        kind, project, status = fields["issuetype"], fields["project"], fields["status"]
        assignee = fields.get("assignee") or {}
        return Issue(
            issue_id=IssueId(str(raw["id"])),
            key=raw["key"],
            project_id=str(project["id"]),
            project_key=project["key"],
            type_id=str(kind["id"]),
            type_name=kind["name"],
            subtask=bool(kind.get("subtask", False)),
            hierarchy_level=int(kind.get("hierarchyLevel", 0)),
            status_id=str(status["id"]),
            status_name=status["name"],
            assignee_id=assignee.get("accountId"),
            assignee_name=assignee.get("displayName"),
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
    """Translate the site's list of statuses, by id."""
    return {
        str(row["id"]): Status(
            status_id=str(row["id"]),
            name=row["name"],
            category=Category.of((row.get("statusCategory") or {}).get("key")),
        )
        for row in rows
    }
