"""Answering a query: the matching records in order, and where a page begins."""

from bisect import bisect_right
from collections.abc import Callable
from functools import cmp_to_key
from operator import ge, gt, le, lt
from typing import Any

from twin.jql import JqlError
from twin.queries import Compared, Order, ProjectIn, Query, SortField
from twin.records import Record
from twin.world import World

Position = list[Any]  # the sort values of a record, one for each field of the order, then its id
Test = Callable[[Record], bool]

_COMPARISONS: dict[str, Callable[[int, int], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}


def matching(world: World, query: Query) -> list[Record]:
    """Give the records a query is about, in its order; JqlError when it names what is not there."""
    found = world.ordered(query.order)
    for clause in query.clauses:
        test = _projects_test(world, clause) if isinstance(clause, ProjectIn) else _test(clause)
        found = [record for record in found if test(record)]
    return found


def position(record: Record, order: tuple[Order, ...]) -> Position:
    """Give where a record stands in an order, as a value that JSON can hold."""
    return [*(_sort_value(record, part.field) for part in order), record.number]


def index_after(records: list[Record], order: tuple[Order, ...], cursor: Position) -> int:
    """Give the index of the first record behind `cursor`, which need not be there any more."""
    descending = [*(part.descending for part in order), False]

    def compare(one: Position, other: Position) -> int:
        for left, right, down in zip(one, other, descending, strict=True):
            if left != right:
                return 1 if (left > right) != down else -1
        return 0

    key = cmp_to_key(compare)
    return bisect_right(records, key(cursor), key=lambda record: key(position(record, order)))


def _sort_value(record: Record, field: SortField) -> int | list[str | int]:
    match field:
        case SortField.CREATED:
            return record.created_ms
        case SortField.UPDATED:
            return record.updated_ms
        case SortField.KEY:
            return list(record.key_parts)


def _test(clause: Compared) -> Test:
    compare, at_ms = _COMPARISONS[clause.operator], clause.at_ms
    if clause.field is SortField.CREATED:
        return lambda record: compare(record.created_ms, at_ms)
    return lambda record: compare(record.updated_ms, at_ms)


def _projects_test(world: World, clause: ProjectIn) -> Test:
    ids: set[str] = set()
    for name in clause.projects:
        wanted = name.lower()
        named = {
            project.id
            for project in world.projects()
            if wanted in {project.key.lower(), project.id, project.name.lower()}
        }
        if not named:
            raise JqlError(f"The value '{name}' does not exist for the field 'project'.")
        ids |= named
    return lambda record: record.project.id in ids
