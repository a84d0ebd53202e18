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
from services.sync.domain import planning
from services.sync.domain.fields import NO_FIELDS, FieldSet

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
    "parent",
)
# As changelogs call Jira's own fields: by id where they give one, by a name that is no label else.
_TRACKED = {
    "status": Tracked.STATUS,
    "assignee": Tracked.ASSIGNEE,
    "project": Tracked.PROJECT,
    "issuekey": Tracked.KEY,
    "Key": Tracked.KEY,
    "issuetype": Tracked.ISSUE_TYPE,
    "resolution": Tracked.RESOLUTION,
    "parent": Tracked.PARENT,
    "Parent": Tracked.PARENT,
    "IssueParentAssociation": Tracked.PARENT,
}
CUSTOM = "customfield_"
# Up to the year 9999; what is beyond cannot be shown, and far beyond not even be stored.
LATEST = 253_402_300_799_999
LARGEST_NUMBER = 2**53
# A name is a line, what a change of sprints says a few; a document of MongoDB holds 16 MB, and
# some characters take four bytes.
LONGEST_TEXT = 20_000
LARGEST_HISTORY = 3_000_000
SIZE_OF_A_CHANGE = 100
TEXTS_OF_A_CHANGE = 4


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
    text = str(value)
    if len(text) > LONGEST_TEXT:
        raise Untranslatable("a text that is too long")
    return text.encode("utf-8", "replace").decode()


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int:
    number = int(str(value))
    if abs(number) > LARGEST_NUMBER:
        raise Untranslatable(f"a number too large: {number}")
    return number


def _optional_instant(value: str | int | None) -> Instant | None:
    return None if value is None else instant(value)


def changes(histories: Iterable[Json], known: FieldSet = NO_FIELDS) -> tuple[Change, ...]:
    """Take the kept changes from changelog rows, in the order (instant, row id, item index).

    A row that comes twice (pages may overlap) counts once.
    """
    found: dict[tuple[Instant, int, int], Change] = {}
    own = known.tracked
    for row in histories:
        at, history_id = instant(row["created"]), _number(row["id"])
        for index, item in enumerate(row["items"]):
            field = _tracked(item, own)
            if field is Tracked.FLAGGED and not planning.is_flag(known, *_strings(item)):
                continue
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
    return _bounded(tuple(found[identity] for identity in sorted(found)))


def _tracked(item: Json, own: Mapping[str, Tracked]) -> Tracked | None:
    """Tell as what a change is kept; None where it is not.

    A custom field is known by its id alone: sites may call theirs "status", or what they like.
    """
    name = item["field"]
    field_id = item.get("fieldId") or name
    if field_id in own:
        return own[field_id]
    if item.get("fieldtype") == "custom" or str(field_id).startswith(CUSTOM):
        return None
    return _TRACKED.get(field_id) or _TRACKED.get(name)


def _strings(item: Json) -> tuple[str, ...]:
    return tuple(_text(item[side]) for side in ("fromString", "toString") if item.get(side))


def _bounded(found: tuple[Change, ...]) -> tuple[Change, ...]:
    """Refuse a history that no document could hold."""
    if len(found) * TEXTS_OF_A_CHANGE * LONGEST_TEXT <= LARGEST_HISTORY:
        return found
    texts = ((one.from_id, one.from_name, one.to_id, one.to_name) for one in found)
    size = sum(SIZE_OF_A_CHANGE + sum(len(text) for text in four if text) for four in texts)
    if size > LARGEST_HISTORY:
        raise Untranslatable(f"a history that is too large: {len(found)} changes")
    return found


def issue(raw: Json, histories: Sequence[Json], known: FieldSet = NO_FIELDS) -> Issue:
    """Translate an issue and all of its changelog; Untranslatable where its core is missing.

    `known` are the site's own fields, which were asked for.
    """
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
            changes=changes(histories, known),
            history_count=len({row["id"] for row in histories}),
            points=planning.points(fields, known),
            sprint_ids=planning.sprint_ids(fields, known),
            flagged=planning.flagged(fields, known),
            parent_id=_optional_text(planning.parent_id(fields)),
            epic_key=_optional_text(planning.epic_key(fields, known)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as missing:
        raise Untranslatable(f"an issue: {type(missing).__name__} {missing}"[:500]) from missing


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
