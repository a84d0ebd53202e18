"""Writes to several documents, all or none."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession

from services.chassis.mongo import Database

T = TypeVar("T")


async def in_transaction(
    database: Database, work: Callable[[AsyncClientSession], Awaitable[T]]
) -> T:
    """Run `work` in a transaction, again where another one was in its way."""
    async with database.client.start_session() as session:
        return await session.with_transaction(work)
