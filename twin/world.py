"""A site's issues at one moment: indexed, ordered, editable, what comes later kept aside."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter

from cachetools import LRUCache

from twin.catalogue import Catalogue
from twin.history import Entry, Issue, JsonObject, as_of, read
from twin.queries import Order, SortField
from twin.shifting import shifted

_DAY_MS = 86_400_000
_SORT_ATTRIBUTE = {
    SortField.CREATED: attrgetter("created_ms"),
    SortField.UPDATED: attrgetter("updated_ms"),
    SortField.KEY: attrgetter("key_parts"),
}
_KEPT_ORDERS = 16
_OPEN_ISSUES = 4096  # parsed issues held at once: several pages of a sync, some 80 MB at most


@dataclass(frozen=True, slots=True)
class Moment:
    """Which instant of the data is now, and by how many days the data is moved.

    `at_ms` (epoch milliseconds, before the move) is None where all of the data has happened.
    """

    at_ms: int | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Project:
    """A project as issues name it."""

    id: str
    key: str
    name: str


@dataclass(slots=True)
class Record:
    """What is indexed of an issue, and the line it is read from when it is asked for."""

    id: str
    number: int  # the id as a number
    key: str
    key_parts: tuple[str, int]  # project key and number: keys sort by both
    project: Project
    parent_id: str | None
    created_ms: int
    updated_ms: int
    line: bytes  # its whole history, also what comes after the moment
    edited: Issue | None = None  # stands in for the line once the twin changed the issue


@dataclass(slots=True)
class World:
    """All issues of a site as of a moment. Instants it gives are moved by the moment's days."""

    catalogue: Catalogue
    moment: Moment
    records: dict[str, Record] = field(default_factory=dict)
    later: dict[str, bytes] = field(default_factory=dict)  # issues created after the moment
    _ids_by_key: dict[str, str] = field(default_factory=dict)  # upper case; former keys too
    _children: dict[str, list[str]] = field(default_factory=dict)
    _projects: dict[Project, Project] = field(default_factory=dict)
    _last_history_id: int = 0
    _open: LRUCache[str, Issue] = field(default_factory=lambda: LRUCache(_OPEN_ISSUES))
    _orders: dict[tuple[Order, ...], list[Record]] = field(default_factory=dict)

    def issue(self, issue_id: str) -> Issue:
        """Give the issue with its changelog as of the moment; KeyError when it is not there."""
        record = self.records[issue_id]
        if record.edited is not None:
            return record.edited
        issue = self._open.get(issue_id)
        if issue is None:
            issue = self._open[issue_id] = self._present(record.line)
        return issue

    def issues(self) -> Iterator[Issue]:
        """Yield every issue with its changelog, by ascending id: the truth a test compares with."""
        for record in sorted(self.records.values(), key=attrgetter("number")):
            yield self.issue(record.id)

    def find(self, id_or_key: str) -> Record | None:
        """Find an issue by id, by key in any case, or by a key it had before it was moved."""
        issue_id = self._ids_by_key.get(id_or_key.upper(), id_or_key)
        return self.records.get(issue_id)

    def ordered(self, order: tuple[Order, ...]) -> list[Record]:
        """Give all records in this order, ties by ascending id. The list is the world's own."""
        found = self._orders.get(order)
        if found is None:
            if len(self._orders) == _KEPT_ORDERS:
                self._orders.clear()
            found = sorted(self.records.values(), key=attrgetter("number"))
            for part in reversed(order):
                found.sort(key=_SORT_ATTRIBUTE[part.field], reverse=part.descending)
            self._orders[order] = found
        return found

    def projects(self) -> list[Project]:
        """Give the projects that have an issue, by key."""
        found = {record.project.id: record.project for record in self.records.values()}
        return sorted(found.values(), key=attrgetter("key"))

    def next_history_id(self) -> str:
        """Give an id that no changelog entry has yet."""
        self._last_history_id += 1
        return str(self._last_history_id)

    def put(self, issue: Issue) -> None:
        """Replace an issue by a changed version of itself."""
        record = self.records[issue.id]
        record.edited = issue
        record.updated_ms = issue.updated_ms
        self._orders.clear()

    def remove(self, issue_id: str) -> None:
        """Delete an issue, as a person would: it is gone from every answer."""
        del self.records[issue_id]
        self._orders.clear()

    def add(self, line: bytes, issue: Issue) -> None:
        """Index an issue from the data; one that is created after the moment is kept aside."""
        self._last_history_id = max(
            [self._last_history_id, *(int(entry.id) for entry in issue.entries)]
        )
        present = self._rolled_back(issue)
        if present is None:
            self.later[issue.id] = line
            return
        record = self._record(line, present)
        self.records[issue.id] = record
        for key in (*former_keys(present.entries), present.key):
            self._ids_by_key[key.upper()] = issue.id
        if record.parent_id is not None:
            self._children.setdefault(record.parent_id, []).append(issue.id)

    def _record(self, line: bytes, issue: Issue) -> Record:
        shown = issue.fields["project"]
        project = Project(shown["id"], shown["key"], shown["name"])
        project_key, _, number = issue.key.rpartition("-")
        return Record(
            id=issue.id,
            number=int(issue.id),
            key=issue.key,
            key_parts=(project_key, int(number)),
            project=self._projects.setdefault(project, project),
            parent_id=issue.fields.get("parent", {}).get("id"),
            created_ms=issue.created_ms + self.moment.days * _DAY_MS,
            updated_ms=issue.updated_ms + self.moment.days * _DAY_MS,
            line=line,
        )

    def _rolled_back(self, issue: Issue) -> Issue | None:
        if self.moment.at_ms is None:
            return issue
        return as_of(issue, self.moment.at_ms, issue_types=self.catalogue.issue_types)

    def _present(self, line: bytes) -> Issue:
        issue = self._rolled_back(read(line))
        if issue is None:  # pragma: no cover - records are of issues that exist
            raise KeyError(line)
        if self.moment.at_ms is not None:
            issue = replace(issue, fields=self._related(issue))
        return shifted(issue, self.moment.days)

    def _related(self, issue: Issue) -> JsonObject:
        """Give the fields with sub-tasks, links and parent as they were at the moment."""
        children = [self.records[id_] for id_ in self._children.get(issue.id, ())]
        fields = {
            **issue.fields,
            "subtasks": [{"id": child.id, "key": child.key} for child in children],
            "issuelinks": [
                self._renamed_link(link)
                for link in issue.fields.get("issuelinks", ())
                if _other_end(link)[1]["id"] not in self.later
            ],
        }
        if "parent" in fields:
            fields["parent"] = self._renamed(fields["parent"])
        return fields

    def _renamed(self, reference: JsonObject) -> JsonObject:
        """Give a reference to an issue the key that issue had at the moment."""
        record = self.records.get(reference["id"])
        return reference if record is None else {**reference, "key": record.key}

    def _renamed_link(self, link: JsonObject) -> JsonObject:
        side, other = _other_end(link)
        return {**link, side: self._renamed(other)}


def former_keys(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the keys that an issue had before it was moved, oldest first."""
    for entry in entries:
        for item in entry.items:
            if item["field"] == "Key":
                yield item["fromString"]


def _other_end(link: JsonObject) -> tuple[str, JsonObject]:
    side = "inwardIssue" if "inwardIssue" in link else "outwardIssue"
    return side, link[side]
