"""Answering a query: the matching records in order, and where a page begins."""

from bisect import bisect_right
from functools import cmp_to_key
from typing import Any

from twin.conditions import test_of
from twin.queries import Order, Query, SortField
from twin.records import Record
from twin.world import World

Position = list[Any]  # the sort values of a record, one for each field of the order, then its id


def matching(world: World, query: Query, *, shown: list[Record] | None = None) -> list[Record]:
    """Give the records a query is about, in its order; JqlError when it names what is not there.

    `shown` is what the index shows, in the query's order, where that is not the present.
    """
    test = test_of(world, query.condition)
    return [
        record
        for record in (world.ordered(query.order) if shown is None else shown)
        if test(record)
    ]


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
