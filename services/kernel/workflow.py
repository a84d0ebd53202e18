"""Statuses and the stages they stand for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Category(StrEnum):
    """A status category by Jira's own key; never judged by its English name."""

    NEW = "new"
    INDETERMINATE = "indeterminate"
    DONE = "done"

    @classmethod
    def of(cls, key: str | None) -> "Category":
        """Read a category key; one that is not known counts as INDETERMINATE (METRICS.md)."""
        return cls(key) if key in tuple(cls) else cls.INDETERMINATE

    @property
    def stage(self) -> int:
        """The stage of the default mapping: new 0 < indeterminate 1 < done 2; work starts at 1."""
        return STAGE_OF_CATEGORY[self]


STAGE_OF_CATEGORY = {Category.NEW: 0, Category.INDETERMINATE: 1, Category.DONE: 2}
START_STAGE = STAGE_OF_CATEGORY[Category.INDETERMINATE]
DONE_STAGE = STAGE_OF_CATEGORY[Category.DONE]


@dataclass(frozen=True, slots=True)
class Status:
    """A status as the site lists it now."""

    status_id: str
    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class Workflow:
    """Which stage each status stands for; a changed mapping has another version."""

    version: int = 1
    statuses: Mapping[str, Status] = field(default_factory=dict)

    def stage_of(self, status_id: str) -> int:
        """Tell a status's stage; a status the site does not list counts as indeterminate."""
        known = self.statuses.get(status_id)
        return (known.category if known else Category.INDETERMINATE).stage
