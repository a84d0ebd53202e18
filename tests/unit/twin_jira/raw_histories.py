"""Raw issues with a history, made by the day."""

import json
from datetime import UTC, datetime
from typing import Any

from twin.history import Issue, as_of, instant_ms, read
from twin.shifting import written

DAY_MS = 86_400_000
START_MS = instant_ms("2012-01-01T00:00:00.000+0000")
TYPES = {"Bug": {"id": "1", "name": "Bug", "subtask": False}}


def at(day: int) -> str:
    return written(datetime.fromtimestamp((START_MS + day * DAY_MS) / 1000, tz=UTC))


def item(name: str, before: Any, after: Any) -> dict[str, Any]:
    """Make a changelog item whose values are their own names."""
    return {
        "field": name,
        "fieldtype": "jira",
        "from": before,
        "fromString": before,
        "to": after,
        "toString": after,
    }


def made(
    *entries: tuple[int, list[dict[str, Any]]], key: str = "AB-1", **fields: Any
) -> dict[str, Any]:
    """Make a raw issue, created on day 0, with entries on the given days."""
    last = max([0, *(day for day, _items in entries)])
    return {
        "id": "100",
        "key": key,
        "fields": {
            "created": at(0),
            "updated": at(last),
            "resolutiondate": None,
            "status": {"id": "1", "name": "Open"},
            "issuetype": {"id": "1", "name": "Bug", "subtask": False},
            "project": {"id": "7", "key": key.partition("-")[0], "name": "Project"},
            **fields,
        },
        "changelog": {
            "histories": [
                {"id": str(number), "created": at(day), "items": items}
                for number, (day, items) in enumerate(entries, start=1)
            ]
        },
    }


def known(raw: dict[str, Any]) -> Issue:
    return read(json.dumps(raw).encode())


def then(raw: dict[str, Any], day: float) -> Issue:
    """Give the issue as it was on a day; it is there."""
    found = as_of(known(raw), round(START_MS + day * DAY_MS), issue_types=TYPES)
    assert found is not None
    return found
