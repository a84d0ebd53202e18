"""What a webhook says of a happening: the bodies of Jira Cloud."""

from collections.abc import Iterable, Iterator

from twin.history import Entry, Issue, JsonObject
from twin.issue_wire import issue_bean
from twin.records import Happening, Kind
from twin.wire import Wire

_NOT_SENT = frozenset({"comment", "worklog", "description"})
_SENT_WITH_COMMENT = frozenset(
    {"summary", "issuetype", "project", "assignee", "priority", "status"}
)


def bodies(wire: Wire, happening: Happening, now_ms: int) -> Iterator[JsonObject]:
    """Yield a body for each event that a happening is."""
    user = {"user": wire.user(happening.author)} if happening.author else {}
    match happening.kind:
        case Kind.CREATED:
            changelog = {"id": happening.issue.id, "items": list(_first_items(happening.issue))}
            named = {"issue_event_type_name": "issue_created", **user}
            body = _issue(wire, happening.issue)
            yield _event("jira:issue_created", now_ms, {**named, **body, "changelog": changelog})
        case Kind.DELETED:
            yield _event("jira:issue_deleted", now_ms, {**user, **_issue(wire, happening.issue)})
        case Kind.COMMENTED:
            yield from _comments(wire, happening, now_ms)
        case Kind.UPDATED:
            for entry in happening.entries:
                yield _updated(wire, happening, entry, now_ms)


def _updated(wire: Wire, happening: Happening, entry: Entry, now_ms: int) -> JsonObject:
    written = wire.entry(entry)
    said = {
        "issue_event_type_name": _event_type(item["field"] for item in entry.items),
        **({"user": written["author"]} if "author" in written else {}),
        **_issue(wire, happening.issue),
        "changelog": {"id": entry.id, "items": written["items"]},
    }
    return _event("jira:issue_updated", now_ms, said)


def _comments(wire: Wire, happening: Happening, now_ms: int) -> Iterator[JsonObject]:
    """Tell a comment twice, as Jira does: as itself, and as an update without a changelog."""
    issue = happening.issue
    last = issue.fields["comment"]["comments"][-1]
    author = wire.user(last["author"]) if "author" in last else None
    said = {
        "self": wire.link("issue", issue.id, "comment", last["id"]),
        "id": last["id"],
        **({"author": author, "updateAuthor": author} if author else {}),
        "body": "(Text left out.)",
        "created": last["created"],
        "updated": last["updated"],
        "jsdPublic": True,
    }
    short = issue_bean(wire, issue, wanted=_SENT_WITH_COMMENT.__contains__)
    short.pop("expand")
    yield _event("comment_created", now_ms, {"comment": said, "issue": short})
    named = {"issue_event_type_name": "issue_commented", **({"user": author} if author else {})}
    yield _event("jira:issue_updated", now_ms, {**named, **_issue(wire, issue), "comment": said})


def _issue(wire: Wire, issue: Issue) -> JsonObject:
    bean = issue_bean(wire, issue, wanted=lambda name: name not in _NOT_SENT)
    bean.pop("expand")
    bean["fields"]["description"] = None
    return {"issue": bean}


def _first_items(issue: Issue) -> Iterable[JsonObject]:
    """Give what a created issue says it changed; no changelog of the issue ever holds it."""
    status = issue.fields["status"]
    for name, field_id, to, text in (
        ("summary", "summary", None, issue.fields.get("summary")),
        ("Status", "status", status["id"], status["name"]),
    ):
        yield {
            "field": name,
            "fieldtype": "jira",
            "fieldId": field_id,
            "from": None,
            "fromString": None,
            "to": to,
            "toString": text,
        }


def _event_type(fields: Iterable[str]) -> str:
    names = set(fields)
    if "Key" in names:
        return "issue_moved"
    if names & {"status", "resolution"}:
        return "issue_generic"
    return "issue_assigned" if names == {"assignee"} else "issue_updated"


def _event(name: str, now_ms: int, said: JsonObject) -> JsonObject:
    return {"timestamp": now_ms, "webhookEvent": name, **said}
