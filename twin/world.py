"""A site's issues at one moment: indexed, ordered, editable, what comes later kept aside."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter

from cachetools import LRUCache

from twin.agile import Agile
from twin.catalogue import Catalogue
from twin.custom_fields import Role
from twin.history import Issue, JsonObject, as_of, read
from twin.ordering import in_order
from twin.queries import Order
from twin.records import EPIC, Happening, Kind, Moment, Project, Record, former_keys, project_of
from twin.shifting import shifted

_DAY_MS = 86_400_000
_KEPT_ORDERS = 16
_OPEN_ISSUES = 4096  # parsed issues held at once: several pages of a sync, some 80 MB at most


@dataclass(slots=True)
class World:
    """All issues of a site as of a moment. Instants it gives are moved by the moment's days."""

    catalogue: Catalogue
    moment: Moment
    records: dict[str, Record] = field(default_factory=dict)
    later: dict[str, bytes] = field(default_factory=dict)  # issues created after the moment
    hidden: set[str] = field(default_factory=set)  # ids of projects that nobody may see now
    agile: Agile = field(default_factory=Agile)
    listeners: list[Callable[[Happening], None]] = field(default_factory=list)
    _ids_by_key: dict[str, str] = field(default_factory=dict)  # upper case; former keys too
    _children: dict[str, list[str]] = field(default_factory=dict)
    _projects: dict[Project, Project] = field(default_factory=dict)
    changes_of_ids: int = 0  # how often an issue came or went
    _last_history_id: int = 0
    _last_issue_id: int = 0
    _last_numbers: dict[str, int] = field(default_factory=dict)  # by project key
    _open: LRUCache[str, Issue] = field(default_factory=lambda: LRUCache(_OPEN_ISSUES))
    _orders: dict[tuple[Order, ...], list[Record]] = field(default_factory=dict)

    def issue(self, issue_id: str) -> Issue:
        """Give the issue with its changelog as of the moment; KeyError when it is not there."""
        return self.issue_of(self.records[issue_id])

    def issue_of(self, record: Record) -> Issue:
        """Give the issue that is, or was once, indexed so."""
        if record.edited is not None:
            return replace(record.edited, fields=self._related(record.edited))
        issue = self._open.get(record.id)
        if issue is None:
            issue = self._open[record.id] = self._present(record.line)
        return issue

    def issues(self) -> Iterator[Issue]:
        """Yield every issue with its changelog, by ascending id: the truth a test compares with."""
        for record in sorted(self.records.values(), key=attrgetter("number")):
            yield self.issue_of(record)

    def find(self, id_or_key: str) -> Record | None:
        """Find an issue that may be seen, by id, key in any case, or a key it had before."""
        record = self.anywhere(id_or_key)
        return record if record is not None and self.shows(record) else None

    def anywhere(self, id_or_key: str) -> Record | None:
        """Find an issue in the same way, also where it may not be seen."""
        return self.records.get(self._ids_by_key.get(id_or_key.upper(), id_or_key))

    def shows(self, record: Record) -> bool:
        """Say whether who asks may see an issue: of a hidden project nobody says that it is."""
        return record.project.id not in self.hidden

    def ordered(self, order: tuple[Order, ...]) -> list[Record]:
        """Give all records in this order, ties by ascending id. The list is the world's own."""
        found = self._orders.get(order)
        if found is None:
            if len(self._orders) == _KEPT_ORDERS:
                self._orders.clear()
            found = self._orders[order] = in_order(self.records.values(), order)
        return found

    def projects(self) -> list[Project]:
        """Give the projects that have an issue and may be seen, by key."""
        seen = filter(self.shows, self.records.values())
        found = {record.project.id: record.project for record in seen}
        return sorted(found.values(), key=attrgetter("key"))

    def epics(self, project_id: str) -> list[Record]:
        """Give the epics of a project."""
        found = self.records.values()
        return [one for one in found if one.type_name == EPIC and one.project.id == project_id]

    def next_history_id(self) -> str:
        """Give an id that no changelog entry has yet."""
        self._last_history_id += 1
        return str(self._last_history_id)

    def all_projects(self) -> list[Project]:
        """Give the projects that have, had or may have an issue, by key."""
        found = {project.id: project for project in self._projects}
        return sorted(found.values(), key=attrgetter("key"))

    def add_project(self, project: Project) -> None:
        """Make a project without issues."""
        self._projects.setdefault(project, project)

    def last_number(self, project_key: str) -> int:
        """Give the highest number that an issue of a project has had; none is given out twice."""
        return self._last_numbers.get(project_key, 0)

    def next_issue_id(self) -> str:
        """Give an id that no issue has had yet."""
        self._last_issue_id += 1
        return str(self._last_issue_id)

    def create(self, issue: Issue, *, author: JsonObject | None = None, line: bytes = b"") -> None:
        """Put in an issue that was not there; `line` is its whole history, where there is one."""
        record = self._record(line, issue, edited=issue)
        self._enter(record, keys=[issue.key])
        self._orders.clear()
        self._tell(Happening(Kind.CREATED, issue, None, record, author))

    def put(
        self, issue: Issue, *, author: JsonObject | None = None, kind: Kind = Kind.UPDATED
    ) -> None:
        """Replace an issue by a changed version of itself, which may have another key."""
        before = self.records[issue.id]
        record = self._record(before.line, issue, edited=issue)
        entries = issue.entries[len(self.issue(issue.id).entries) :]
        self._leave(before)
        self._enter(record, keys=[issue.key])
        self._orders.clear()
        self._tell(Happening(kind, issue, before, record, author, entries))

    def remove(self, issue_id: str, *, author: JsonObject | None = None) -> None:
        """Delete an issue, as a person would: it is gone from every answer."""
        issue, record = self.issue(issue_id), self.records[issue_id]
        self._leave(record)
        del self.records[issue_id]
        self.changes_of_ids += 1
        self._orders.clear()
        self._tell(Happening(Kind.DELETED, issue, record, None, author))

    def children(self, issue_id: str) -> list[Record]:
        """Give the sub-tasks of an issue, or what an epic holds, as they came to it."""
        return [self.records[id_] for id_ in self._children.get(issue_id, ())]

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
        record.created_ms += self.moment.days * _DAY_MS
        record.updated_ms += self.moment.days * _DAY_MS
        self._enter(record, keys=[*former_keys(present.entries), present.key])

    def _enter(self, record: Record, *, keys: Iterable[str]) -> None:
        self.changes_of_ids += record.id not in self.records
        self.records[record.id] = record
        self._last_issue_id = max(self._last_issue_id, record.number)
        for key in keys:
            self._ids_by_key[key.upper()] = record.id
            project_key, _, number = key.rpartition("-")
            last = self._last_numbers.get(project_key, 0)
            self._last_numbers[project_key] = max(last, int(number))
        if record.parent_id is not None:
            self._children.setdefault(record.parent_id, []).append(record.id)

    def _leave(self, record: Record) -> None:
        if record.parent_id is not None:
            self._children[record.parent_id].remove(record.id)

    def _tell(self, happening: Happening) -> None:
        for listener in self.listeners:
            listener(happening)

    def _record(self, line: bytes, issue: Issue, *, edited: Issue | None = None) -> Record:
        project = project_of(issue.fields["project"])
        project_key, _, number = issue.key.rpartition("-")
        return Record(
            id=issue.id,
            number=int(issue.id),
            key=issue.key,
            key_parts=(project_key, int(number)),
            project=self._projects.setdefault(project, project),
            type_name=issue.fields["issuetype"]["name"],
            parent_id=(issue.fields.get("parent") or {}).get("id"),
            created_ms=issue.created_ms,
            updated_ms=issue.updated_ms,
            line=line,
            edited=edited,
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
        of_an_epic = issue.fields["issuetype"]["name"] == EPIC
        subtasks = [] if of_an_epic else self.children(issue.id)
        fields = {
            **issue.fields,
            "subtasks": [{"id": child.id, "key": child.key} for child in subtasks],
            "issuelinks": [
                self._renamed_link(link)
                for link in issue.fields.get("issuelinks", ())
                if _other_end(link)[1]["id"] not in self.later
            ],
        }
        epic_link = self.catalogue.roles.get(Role.EPIC_LINK)
        for name in ("parent", epic_link.id if epic_link else "parent"):
            if fields.get(name):
                fields[name] = self._renamed(fields[name])
        return fields

    def _renamed(self, reference: JsonObject) -> JsonObject:
        """Give a reference to an issue the key that issue had at the moment."""
        record = self.records.get(reference["id"])
        return reference if record is None else {**reference, "key": record.key}

    def _renamed_link(self, link: JsonObject) -> JsonObject:
        side, other = _other_end(link)
        return {**link, side: self._renamed(other)}


def _other_end(link: JsonObject) -> tuple[str, JsonObject]:
    side = "inwardIssue" if "inwardIssue" in link else "outwardIssue"
    return side, link[side]
