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
) -> list[Document]:
    """Read a page and one row more, the oldest first; `by` names the instant and the id."""
    instant, row_id = by
    after: dict[str, Any] = {}
    if page.after is not None:
        later = {instant: {"$gt": page.after.instant}}
        beside = {instant: page.after.instant, row_id: {"$gt": page.after.row_id}}
        after = {"$or": [later, beside]}
    found = collection.find({**wanted, **after}).sort([(instant, 1), (row_id, 1)])
    return await found.limit(page.size + 1).to_list()
