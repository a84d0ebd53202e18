"""An issue and its changelog in a site's words, and ways to spoil them."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

Place = tuple[str, ...]

RAW: dict[str, Any] = {
    "id": "10001",
    "key": "OPS-1",
    "fields": {
        "project": {"id": "10000", "key": "OPS"},
        "issuetype": {"id": "3", "name": "Task", "subtask": True, "hierarchyLevel": -1},
        "status": {"id": "6", "name": "Done"},
        "assignee": {"accountId": "5b10", "displayName": "Ann"},
        "created": "2025-10-01T10:00:00.123+0000",
        "updated": "2025-10-02T12:00:00.000+0200",
        "resolutiondate": "2025-10-02T09:58:20.000+0000",
    },
}
HISTORIES: list[dict[str, Any]] = [
    {
        "id": "7",
        "created": 1_759_312_900_000,
        "items": [
            {"field": "summary", "fieldId": "summary", "fromString": "a", "toString": "b"},
            {"field": "assignee", "fieldId": "assignee", "to": "5b10", "toString": "Ann"},
        ],
    },
    {
        "id": "8",
        "created": "2025-10-02T09:58:20.000+0000",
        "items": [
            {
                "field": "status",
                "fieldId": "status",
                "from": "1",
                "fromString": "To Do",
                "to": "6",
                "toString": "Done",
            },
            {
                "field": "resolution",
                "fieldId": "resolution",
                "from": None,
                "to": "10000",
                "toString": "Fixed",
            },
        ],
    },
]


def places(whole: Mapping[str, Any]) -> list[Place]:
    """List the places of an answer, at every depth."""
    found: list[Place] = []
    for name, value in whole.items():
        found.append((name,))
        if isinstance(value, dict):
            found += [(name, *inner) for inner in places(value)]
    return found


def without(
    whole: Mapping[str, Any], changed: Mapping[Place, Callable[[], Any] | None]
) -> dict[str, Any]:
    """Copy an answer with what stands at some places gone (None) or another."""
    copy: dict[str, Any] = deepcopy(dict(whole))
    for (*path, last), other in changed.items():
        inner: Any = copy
        for name in path:
            inner = inner.get(name) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            continue
        inner.pop(last, None)
        if other is not None:
            inner[last] = other()
    return copy
