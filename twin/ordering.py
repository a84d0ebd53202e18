"""The order of a search's issues."""

from collections.abc import Iterable
from operator import attrgetter

from twin.queries import Order, SortField
from twin.records import Record

_SORT_ATTRIBUTE = {
    SortField.CREATED: attrgetter("created_ms"),
    SortField.UPDATED: attrgetter("updated_ms"),
    SortField.KEY: attrgetter("key_parts"),
}


def in_order(records: Iterable[Record], order: tuple[Order, ...]) -> list[Record]:
    """Sort records, ties by ascending id."""
    found = sorted(records, key=attrgetter("number"))
    for part in reversed(order):
        found.sort(key=_SORT_ATTRIBUTE[part.field], reverse=part.descending)
    return found
