"""A search as a value: which issues, in which order."""

from dataclasses import dataclass
from enum import StrEnum


class SortField(StrEnum):
    """What a search can be ordered by."""

    CREATED = "created"
    UPDATED = "updated"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class ProjectIn:
    """The issue's project is one of these (key, id or name, as it was written)."""

    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The instant in `field` stands in this relation to `at_ms` (milliseconds, epoch)."""

    field: SortField
    operator: str  # one of >= > <= <
    at_ms: int


@dataclass(frozen=True, slots=True)
class Order:
    """One field of ORDER BY."""

    field: SortField
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A bounded search: every clause holds; issues come in `order`."""

    clauses: tuple[ProjectIn | Compared, ...]
    order: tuple[Order, ...]
