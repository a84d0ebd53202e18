"""What an issue was called and whose it was at an instant, from its changelog.

Readings chosen where the definitions leave room:

* The first value is the ``from`` of the first change, else the present value; each change holds
  from its own instant until the next one. A change whose ``from`` is not the value before it
  inserts nothing. From ``fields.updated`` on (never before the last change) the issue's own value
  holds, as it does for the status: a type or project that was renamed is asked for by its new name.
* The project at an instant is the part before the dash of the issue key at that instant, from the
  changes of the key (changes of the project give only its id and name).
* Issue types are compared by name, as the changelog wrote it then.
* Items such as "Issue Type" or "type" without values, left behind by imports, are not type changes.
"""

from typing import Any

from tests.reference.timeline import changes, instant


def assignee_at(issue: dict[str, Any], at: int) -> str | None:
    """Give the account id (Jira Server: user key) of who held the issue at ``at`` (ms), if any."""
    person = issue["fields"].get("assignee") or {}
    present = person.get("accountId") or person.get("key") or person.get("name")
    history = []
    for when, item in changes(issue, "assignee"):
        history.append((when, item.get("from") or None, item.get("to") or None))
    return _held_at(history, present, at, updated=_updated(issue))


def project_at(issue: dict[str, Any], at: int) -> str | None:
    """Give the key of the project that the issue was in at ``at`` (ms)."""
    history: list[tuple[int, str | None, str | None]] = []
    for when, item in changes(issue, "key", "issuekey"):
        history.append((when, _project(item["fromString"]), _project(item["toString"])))
    return _held_at(history, issue["fields"]["project"]["key"], at, updated=_updated(issue))


def issue_type_at(issue: dict[str, Any], at: int) -> str | None:
    """Give the name of the issue's type at ``at`` (ms)."""
    history: list[tuple[int, str | None, str | None]] = []
    for when, item in changes(issue, "issuetype"):
        history.append((when, item["fromString"], item["toString"]))
    return _held_at(history, issue["fields"]["issuetype"]["name"], at, updated=_updated(issue))


def in_flow(issue: dict[str, Any]) -> bool:
    """Tell whether the issue is in the flow: by its present type no sub-task, no level above 0."""
    kind = issue["fields"]["issuetype"]
    return not kind["subtask"] and (kind.get("hierarchyLevel") or 0) < 1


def _project(issue_key: str) -> str:
    return issue_key.rpartition("-")[0]


def _updated(issue: dict[str, Any]) -> int:
    return instant(issue["fields"]["updated"])


def _held_at(
    history: list[tuple[int, str | None, str | None]], present: str | None, at: int, *, updated: int
) -> str | None:
    """Find the value held at an instant, out of (when, from, to) in order."""
    if not history or at >= max(updated, history[-1][0]):
        return present
    value = history[0][1]
    for when, _, after in history:
        if when <= at:
            value = after
    return value
