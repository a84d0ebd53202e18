"""What a world keeps an index of: projects, issues' records, and what happens to them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from twin.history import Entry, Issue, JsonObject


@dataclass(frozen=True, slots=True)
class Moment:
    """Which instant of the data is now, and by how many days the data is moved.

    `at_ms` (epoch milliseconds, before the move) is None where all of the data has happened.
    """

    at_ms: int | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Project:
    """A project as issues name it; `simplified` is what Jira calls a team-managed one."""

    id: str
    key: str
    name: str
    simplified: bool = False


EPIC = "Epic"
_EPIC_LEVEL, _STANDARD_LEVEL, _SUBTASK_LEVEL = 1, 0, -1


def hierarchy_level(issue_type: JsonObject) -> int:
    """Give the level that Jira Cloud gives an issue type: sub-tasks below, epics above the rest."""
    if issue_type.get("subtask", False):
        return _SUBTASK_LEVEL
    return _EPIC_LEVEL if issue_type["name"] == EPIC else _STANDARD_LEVEL


def project_of(shown: JsonObject) -> Project:
    """Read the project that an issue names."""
    return Project(shown["id"], shown["key"], shown["name"], shown.get("simplified", False))


@dataclass(slots=True)
class Record:
    """What is indexed of an issue, and the line it is read from when it is asked for."""

    id: str
    number: int  # the id as a number
    key: str
    key_parts: tuple[str, int]  # project key and number: keys sort by both
    project: Project
    type_name: str
    parent_id: str | None
    created_ms: int
    updated_ms: int
    line: bytes  # its whole history, also what comes after the moment; empty: made by the twin
    edited: Issue | None = None  # stands in for the line once the twin changed the issue


class Kind(StrEnum):
    """What can happen to an issue."""

    CREATED = "created"
    UPDATED = "updated"
    COMMENTED = "commented"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an issue, told to whoever listens to the world.

    `issue` is as it is now, of a deleted one as it was last; `before` and `after` are what was
    and is indexed of it, None where it was not there yet or is not there any more.
    """

    kind: Kind
    issue: Issue
    before: Record | None
    after: Record | None
    author: JsonObject | None = None
    entries: tuple[Entry, ...] = ()  # what its changelog gained


def former_keys(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the keys that an issue had before it was moved, oldest first."""
    for entry in entries:
        for item in entry.items:
            if item["field"] == "Key":
                yield item["fromString"]
