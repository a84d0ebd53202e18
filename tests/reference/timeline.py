"""One raw issue told as a timeline: where it was, from when to when, as known at an instant.

Readings chosen where the definitions leave room:

* A change at instant x is known at ``as_of`` when x <= as_of; the status an issue starts with comes
  from its whole history, also where the first change itself is not known yet.
* A synthetic visit counts for nothing in arrivals, departures and visit times, but it is a place
  the issue was: it may start the clock, make an issue done, or reopen it.
* The synthetic transition at the end (own status differs from the last one) is never earlier than
  the last change: max(fields.updated, last change). Its visit is open and stays marked synthetic.
* A change dated before ``fields.created`` happens at ``fields.created``.
* A status item whose from equals its to is a transition like any other: it ends one visit and
  starts the next.
* A missing id is the id that this issue's own items (or its own status) give to the same name, else
  ``name:<the name>``. Either way the flag is id_missing.
* Flags speak of what is known at ``as_of``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in a status over [enter, exit) in ms since the epoch; exit is None while it lasts."""

    status: str
    enter: int
    exit: int | None
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known of an issue at ``as_of``; all instants in ms since the epoch."""

    key: str
    created: int
    visits: tuple[Visit, ...]
    flags: frozenset[str]
    started_at: int | None
    done_at: int | None
    first_done_at: int | None
    reopen_count: int


def instant(value: str | int) -> int:
    """Give the ms since the epoch of a Jira time: ISO 8601 with an offset, or already ms."""
    if isinstance(value, int):
        return value
    return (datetime.fromisoformat(value) - _EPOCH) // timedelta(milliseconds=1)


def changes(issue: dict[str, Any], *fields: str) -> list[tuple[int, dict[str, Any]]]:
    """List the named fields' changelog items with instants, in (created, id, index) order."""
    found = []
    for history in issue.get("changelog", {}).get("histories", []):
        for index, item in enumerate(history["items"]):
            name = item.get("fieldId") or item["field"]
            is_own_field = item.get("fieldtype", "jira") == "jira"
            if is_own_field and name.lower() in fields:
                found.append((instant(history["created"]), int(history["id"]), index, item))
    found.sort(key=lambda row: row[:3])
    return [(at, item) for at, _, _, item in found]


def timeline_of(issue: dict[str, Any], categories: dict[str, str], as_of: int) -> Timeline | None:
    """Tell the issue's timeline as known at ``as_of`` (ms); None where it was not created yet."""
    created = instant(issue["fields"]["created"])
    if created > as_of:
        return None
    entries, flagged = _entries(issue, created)
    known = [entry for entry in entries if entry[0] <= as_of]
    flags = {flag for at, flag in flagged if at <= as_of}

    visits = []
    for position, (enter, status, synthetic) in enumerate(known):
        left = known[position + 1][0] if position + 1 < len(known) else None
        visits.append(Visit(status, enter, left, synthetic))
        if status not in categories:
            flags.add("status_unknown")

    started_at = _started_at(visits, categories)
    done_at, first_done_at, reopen_count = _done(visits, categories)
    if done_at is not None and done_at == started_at:
        flags.add("no_start")
    return Timeline(
        key=issue["key"],
        created=created,
        visits=tuple(visits),
        flags=frozenset(flags),
        started_at=started_at,
        done_at=done_at,
        first_done_at=first_done_at,
        reopen_count=reopen_count,
    )


def category(status: str, categories: dict[str, str]) -> str:
    """Give the category key of a status id; one the site does not know is indeterminate."""
    return categories.get(status, "indeterminate")


def _entries(
    issue: dict[str, Any], created: int
) -> tuple[list[tuple[int, str, bool]], list[tuple[int, str]]]:
    """List all entries to a status (at, status id, synthetic), and the flags with instants."""
    own = issue["fields"]["status"]
    items = changes(issue, "status")
    ids = _ids_by_name(own, items)
    flagged = []
    entries: list[tuple[int, str, bool]] = []
    if not items:
        return [(created, own["id"], False)], []

    for at, item in items:
        when = max(at, created)
        source = item.get("from") or ids.get(item["fromString"]) or f"name:{item['fromString']}"
        target = item.get("to") or ids.get(item["toString"]) or f"name:{item['toString']}"
        if not item.get("from") or not item.get("to"):
            flagged.append((when, "id_missing"))
        if not entries:
            entries.append((created, source, False))
        if source != entries[-1][1]:
            entries.append((when, source, True))
            flagged.append((when, "history_gap"))
        entries.append((when, target, False))

    if own["id"] != entries[-1][1]:
        when = max(instant(issue["fields"]["updated"]), entries[-1][0])
        entries.append((when, own["id"], True))
        flagged.append((when, "history_gap"))
    return entries, flagged


def _ids_by_name(own: dict[str, Any], items: list[tuple[int, dict[str, Any]]]) -> dict[str, str]:
    """Find the id that stands beside each status name in this issue."""
    ids = {own["name"]: own["id"]}
    for _, item in items:
        if item.get("from"):
            ids[item["fromString"]] = item["from"]
        if item.get("to"):
            ids[item["toString"]] = item["to"]
    return ids


def _started_at(visits: list[Visit], categories: dict[str, str]) -> int | None:
    """Find the first entry to an indeterminate or done status, creation in one included."""
    for visit in visits:
        if category(visit.status, categories) != "new":
            return visit.enter
    return None


def _done(visits: list[Visit], categories: dict[str, str]) -> tuple[int | None, int | None, int]:
    """Find when the run in done that still holds began, the first ever, and count the exits."""
    done_at = None
    first_done_at = None
    reopen_count = 0
    for visit in visits:
        if category(visit.status, categories) == "done":
            if done_at is None:
                done_at = visit.enter
            if first_done_at is None:
                first_done_at = visit.enter
        elif done_at is not None:
            done_at = None
            reopen_count += 1
    return done_at, first_done_at, reopen_count
