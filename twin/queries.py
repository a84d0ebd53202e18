"""A search as a value: which issues, in which order."""

from dataclasses import dataclass
from enum import StrEnum


class SortField(StrEnum):
    """What a search can be ordered by."""

    CREATED = "created"
    UPDATED = "updated"
    KEY = "key"


class DateField(StrEnum):
    """What can be compared with an instant."""

    CREATED = "created"
    UPDATED = "updated"
    RESOLVED = "resolved"


class NamedField(StrEnum):
    """What can be one of some values, or empty."""

    PROJECT = "project"
    KEY = "key"
    STATUS = "status"
    CATEGORY = "statusCategory"
    TYPE = "issuetype"
    RESOLUTION = "resolution"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values, as they were written; `called` is the field's own name."""

    field: NamedField
    values: tuple[str, ...]
    called: str


@dataclass(frozen=True, slots=True)
class Empty:
    """The field has no value."""

    field: NamedField


@dataclass(frozen=True, slots=True)
class Compared:
    """The instant in `field` stands in this relation to `at_ms` (milliseconds, epoch)."""

    field: DateField
    operator: str  # one of >= > <= <
    at_ms: int


@dataclass(frozen=True, slots=True)
class KeyCompared:
    """The issue is of the same project as `key`, and its number stands in this relation to it."""

    operator: str  # one of >= > <= <
    key: str


@dataclass(frozen=True, slots=True)
class Both:
    """Each of the conditions holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the conditions holds, or more."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    part: "Condition"


Condition = OneOf | Empty | Compared | KeyCompared | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Order:
    """One field of ORDER BY."""

    field: SortField
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A bounded search: what holds of its issues, and the order they come in."""

    condition: Condition
    order: tuple[Order, ...]
