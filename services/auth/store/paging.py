"""Reads a page of a list that is ordered by an instant and, where that is equal, by an id."""

from typing import Any

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
    """Read a page and one row more, the oldest first unless told; `by`: the instant and the id."""
    beyond, order = ("$lt", -1) if newest_first else ("$gt", 1)
    instant, row_id = by
    after: dict[str, Any] = {}
    if page.after is not None:
        later = {instant: {beyond: page.after.instant}}
        beside = {instant: page.after.instant, row_id: {beyond: page.after.row_id}}
        after = {"$or": [later, beside]}
    found = collection.find({**wanted, **after}).sort([(instant, order), (row_id, order)])
    return await found.limit(page.size + 1).to_list()
