"""MongoDB by PyMongo's asynchronous API (ADR 0002)."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import pymongo
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    AutoReconnect,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)

from services.chassis import deadline
from services.chassis.settings import Mongo
from services.kernel.errors import StoreUnavailable

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Client = AsyncMongoClient[Document]
Session = AsyncClientSession

P = ParamSpec("P")
T = TypeVar("T")

CALL_SECONDS = 5.0
_UNAVAILABLE = (
    AutoReconnect,
    ExecutionTimeout,
    NetworkTimeout,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)


@asynccontextmanager
async def connect(settings: Mongo) -> AsyncIterator[Database]:
    """Open a pool of connections; what is acknowledged is on the disks of a majority."""
    client: Client = AsyncMongoClient(
        settings.url.get_secret_value(),
        maxPoolSize=settings.pool_size,
        serverSelectionTimeoutMS=int(settings.timeout_seconds * 1000),
        connectTimeoutMS=int(settings.timeout_seconds * 1000),
        waitQueueTimeoutMS=int(settings.timeout_seconds * 1000),
        w="majority",
        journal=True,
        appname="jira-analytics",
    )
    try:
        yield client[settings.database]
    finally:
        await client.close()


async def in_transaction(database: Database, work: Callable[[Session], Awaitable[T]]) -> T:
    """Do work all at once or not at all; again where another transaction came between.

    StoreUnavailable where others came between again and again until the time was up.
    """
    async with database.client.start_session() as session:
        try:
            return await session.with_transaction(work)
        except PyMongoError as error:
            if error.has_error_label("TransientTransactionError"):
                raise StoreUnavailable from error
            raise


async def ping(database: Database) -> None:
    """Ask the server whether it is there, within seconds."""
    with pymongo.timeout(2.5):
        await database.client.admin.command("ping")


def store_call(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Give a store's method the present call's deadline, and a server that is away its name."""

    @functools.wraps(call)
    async def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with pymongo.timeout(deadline.remaining(CALL_SECONDS)):
                return await call(*args, **kwargs)
        except _UNAVAILABLE as away:
            raise StoreUnavailable from away
        except RuntimeError as error:
            # While no server is there, a caller who hangs up takes the lock that others wait with
            # away from them (PyMongo 4.20): to those it is the same as if they had found no server.
            if "un-acquired lock" in str(error):
                raise StoreUnavailable from error
            raise
        except PyMongoError as error:
            if error.timeout:
                raise StoreUnavailable from error
            raise

    return bounded
