"""Moving a whole world in time by whole days, so that "then" is today and keeps its hours."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from twin.dataset import DataError
from twin.history import Issue, JsonObject

_DAY = timedelta(days=1)
_DAY_MS = 86_400_000


def parse_instant(text: str) -> datetime:
    """Parse an ISO 8601 date or instant, UTC where it names no zone; ValueError otherwise."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def days_between(then: datetime, now: datetime) -> int:
    """Give the whole days from `then` to `now`: moved by them, nothing lies in the future."""
    return (now - then) // _DAY


def kept_days(file: Path | None, *, then: datetime, now: datetime) -> int:
    """Give the shift kept in `file`; the first time it is computed and written there.

    DataError when the file is not ours or was written for another instant: moving a world that
    was read before would make one issue look like two.
    """
    if file is None:
        return days_between(then, now)
    if file.exists():
        return _read_days(file, then)
    days = days_between(then, now)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"now_is": then.isoformat(), "shift_days": days}) + "\n")
    return days


def _read_days(file: Path, then: datetime) -> int:
    try:
        kept = json.loads(file.read_text())
        kept_then, days = parse_instant(kept["now_is"]), int(kept["shift_days"])
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{file} does not hold a shift: {error}") from error
    if kept_then != then:
        raise DataError(
            f"{file} keeps the shift for --now-is {kept_then.isoformat()}, not for "
            f"{then.isoformat()}; remove it to begin anew"
        )
    return days


@dataclass(frozen=True, slots=True)
class Mover:
    """Moves instants by `instant` (milliseconds to milliseconds), and dates by whole days."""

    instant: Callable[[int], int]
    days: int

    def text(self, text: str) -> str:
        """Move an instant that is written; it keeps its offset."""
        then = datetime.fromisoformat(text)
        then_ms = round(then.timestamp() * 1000)
        return written(then + timedelta(milliseconds=self.instant(then_ms) - then_ms))


def shifted(issue: Issue, days: int) -> Issue:
    """Give the issue with each of its instants and dates `days` later, in the same offsets."""
    if days == 0:
        return issue
    return moved(issue, Mover(lambda then_ms: then_ms + days * _DAY_MS, days))


def moved(issue: Issue, mover: Mover) -> Issue:
    """Give the issue with each of its instants and dates moved, in the same offsets."""
    by_instant, by_date = mover.text, _date_mover(mover.days)
    fields = dict(issue.fields)
    _move(fields, by_instant, "created", "updated", "resolutiondate")
    _move(fields, by_date, "duedate")
    for name, move, keys in (
        ("comment", by_instant, ("created", "updated")),
        ("worklog", by_instant, ("started", "created", "updated")),
    ):
        if name in fields:
            listed = f"{name}s"
            rest = [_moved(thing, move, *keys) for thing in fields[name].get(listed, ())]
            fields[name] = {**fields[name], listed: rest}
    for name in ("fixVersions", "versions"):
        fields[name] = [_moved(version, by_date, "releaseDate") for version in fields.get(name, ())]
    entries = tuple(
        replace(
            entry,
            created=by_instant(entry.created),
            created_ms=mover.instant(entry.created_ms),
            items=tuple(_moved_item(item, by_date) for item in entry.items),
        )
        for entry in issue.entries
    )
    return replace(issue, fields=fields, entries=entries)


def _date_mover(days: int) -> Callable[[str], str]:
    def move(text: str) -> str:
        return (date.fromisoformat(text[:10]) + days * _DAY).isoformat() + text[10:]

    return move


def written(instant: datetime) -> str:
    """Write an instant as Jira does: milliseconds, and the offset without a colon."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}{instant:%z}"


def _move(thing: JsonObject, move: Callable[[str], str], *names: str) -> None:
    for name in names:
        if thing.get(name):
            thing[name] = move(thing[name])


def _moved(thing: JsonObject, move: Callable[[str], str], *names: str) -> JsonObject:
    copy = dict(thing)
    _move(copy, move, *names)
    return copy


def _moved_item(item: JsonObject, move: Callable[[str], str]) -> JsonObject:
    if item["field"] != "duedate":
        return item
    return _moved(item, move, "from", "fromString", "to", "toString")
