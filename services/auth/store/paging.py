"""Reads a page of a list that is ordered by an instant and, where that is equal, by an id."""

from pymongo.asynchronous.collection import AsyncCollection

from services.auth.domain.page import Page
from services.chassis.mongo import Document


async def read_page(
    collection: AsyncCollection[Document],
    wanted: Document,
    page: Page,
    *,
    by: tuple[str, str],
    newest_first: bool = False,
) -> list[Document]:
    """Read a page and one row more, the oldest first unless told; `by`: the instant and the id.

    What is of the last row's instant is read first, then what is later: each along an index, where
    both at once would be looked for from the beginning of the list.
    """
    beyond, order = ("$lt", -1) if newest_first else ("$gt", 1)
    instant, row_id = by
    parts: list[Document] = [{}]
    if page.after is not None:
        beside = {instant: page.after.instant, row_id: {beyond: page.after.row_id}}
        parts = [beside, {instant: {beyond: page.after.instant}}]
    rows: list[Document] = []
    for part in parts:
        left = page.size + 1 - len(rows)
        if left > 0:
            found = collection.find({**wanted, **part})
            ordered = found.sort([(instant, order), (row_id, order)])
            rows += await ordered.limit(left).to_list()
    return rows
