"""An issue as Jira Cloud writes it: REST v3 fields, prose as Atlassian Document Format."""

from collections.abc import Callable, Iterable
from typing import Any

from twin.agile import sprint_value
from twin.custom_fields import Role
from twin.history import Issue, JsonObject
from twin.records import project_of
from twin.wire import Wire

_NO_PROSE = "(Text left out.)"
_SHOWN_WORKLOGS = 20  # Jira embeds no more; the rest has a call of its own

Writer = Callable[[Wire, Any, Issue], object]


def adf(text: str) -> JsonObject:
    """Put plain text into an Atlassian Document Format document, one paragraph a line."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]}
        for line in text.splitlines()
        if line
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}


def issue_bean(wire: Wire, issue: Issue, *, wanted: Callable[[str], bool]) -> JsonObject:
    """Write an issue with those of its fields that are wanted."""
    names = dict.fromkeys([*issue.fields, "description"])
    return {
        "expand": "",
        "id": issue.id,
        "self": wire.link("issue", issue.id),
        "key": issue.key,
        "fields": {name: _field(wire, issue, name) for name in names if wanted(name)},
    }


def _field(wire: Wire, issue: Issue, name: str) -> object:
    value = issue.fields.get(name)
    role = wire.catalogue.role_of.get(name)
    if role is not None:
        return None if value is None else _of_role(wire, role, value)
    if name == "description":
        return adf(value or issue.fields.get("summary") or _NO_PROSE)
    write = _WRITERS.get(name)
    return value if value is None or write is None else write(wire, value, issue)


def _of_role(wire: Wire, role: Role, value: Any) -> object:  # noqa: ANN401 - JSON
    """Write a field of Jira Software; sprints and epics as they are called now."""
    if role is Role.SPRINT:
        return [sprint_value(wire.agile.sprints[sprint["id"]]) for sprint in value]
    if role is Role.EPIC_LINK:
        return value["key"]
    if role is Role.FLAGGED:
        return [_with_self(wire, "customFieldOption", option) for option in value]
    return value


def _named(kind: str) -> Writer:
    def write(wire: Wire, thing: JsonObject, _issue: Issue) -> JsonObject:
        return _with_self(wire, kind, thing)

    return write


def _listed(kind: str) -> Writer:
    def write(wire: Wire, things: Iterable[JsonObject], _issue: Issue) -> list[JsonObject]:
        return [_with_self(wire, kind, thing) for thing in things]

    return write


def _with_self(wire: Wire, kind: str, thing: JsonObject) -> JsonObject:
    return {"self": wire.link(kind, thing["id"]), **thing}


def _person(wire: Wire, person: JsonObject, _issue: Issue) -> JsonObject:
    return wire.user(person)


def _status(wire: Wire, status: JsonObject, _issue: Issue) -> JsonObject:
    return wire.status(status["id"])


def _issue_type(wire: Wire, issue_type: JsonObject, _issue: Issue) -> JsonObject:
    return wire.issue_type(issue_type)


def _project(wire: Wire, project: JsonObject, _issue: Issue) -> JsonObject:
    return wire.project(project_of(project))


def _links(wire: Wire, links: Iterable[JsonObject], _issue: Issue) -> list[JsonObject]:
    return [_link(wire, link) for link in links]


def _link(wire: Wire, link: JsonObject) -> JsonObject:
    written = _with_self(wire, "issueLink", link)
    written["type"] = _with_self(wire, "issueLinkType", link["type"])
    for side in ("inwardIssue", "outwardIssue"):
        if side in link:
            written[side] = _with_self(wire, "issue", link[side])
    return written


def _comments(wire: Wire, value: JsonObject, issue: Issue) -> JsonObject:
    comments = [
        {
            "self": wire.link("issue", issue.id, "comment", comment["id"]),
            **comment,
            **_author(wire, comment),
            "body": adf(comment.get("body") or _NO_PROSE),
            "jsdPublic": True,
        }
        for comment in value["comments"]
    ]
    return {
        "comments": comments,
        "maxResults": len(comments),
        "total": len(comments),
        "startAt": 0,
    }


def _worklogs(wire: Wire, value: JsonObject, issue: Issue) -> JsonObject:
    worklogs = [
        {
            "self": wire.link("issue", issue.id, "worklog", worklog["id"]),
            **worklog,
            **_author(wire, worklog),
            "issueId": issue.id,
        }
        for worklog in value["worklogs"]
    ]
    return {
        "startAt": 0,
        "maxResults": _SHOWN_WORKLOGS,
        "total": len(worklogs),
        "worklogs": worklogs[:_SHOWN_WORKLOGS],
    }


def _author(wire: Wire, thing: JsonObject) -> JsonObject:
    author = thing.get("author")
    return {} if author is None else {"author": wire.user(author)}


_WRITERS: dict[str, Writer] = {
    "assignee": _person,
    "reporter": _person,
    "creator": _person,
    "status": _status,
    "issuetype": _issue_type,
    "project": _project,
    "priority": _named("priority"),
    "resolution": _named("resolution"),
    "parent": _named("issue"),
    "components": _listed("component"),
    "fixVersions": _listed("version"),
    "versions": _listed("version"),
    "subtasks": _listed("issue"),
    "issuelinks": _links,
    "comment": _comments,
    "worklog": _worklogs,
}
