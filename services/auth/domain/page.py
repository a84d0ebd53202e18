"""Pages of lists that are ordered by when something was, and by id where that is equal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.kernel.ids import Instant

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a row in its list."""

    instant: Instant
    row_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """What of a list is asked for: so many rows, from the first on or after a position."""

    size: int
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """A page of a list; `next_after` is None on the last one."""

    rows: Sequence[Row]
    next_after: Position | None = None


def cut(found: Sequence[Row], page: Page, place: Callable[[Row], Position]) -> Rows[Row]:
    """Make a page of what was found: a row more than the page holds tells that more follow."""
    if len(found) <= page.size:
        return Rows(found)
    shown = found[: page.size]
    return Rows(shown, place(shown[-1]))
