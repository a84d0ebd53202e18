"""What a store's trouble is called, so that callers hear of a store that is away and no fault."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from services.chassis.mongo import in_transaction, store_call
from services.kernel.errors import StoreUnavailable


async def told(problem: Exception) -> None:
    @store_call
    async def ask() -> None:
        raise problem

    await ask()


@pytest.mark.parametrize(
    "away",
    [
        AutoReconnect("gone"),
        ServerSelectionTimeoutError("nobody"),
        RuntimeError("cannot wait on un-acquired lock"),
    ],
)
async def test_a_store_that_is_away_is_named(away: Exception) -> None:
    """Also where another caller hung up while both waited for a server (PyMongo 4.20)."""
    with pytest.raises(StoreUnavailable):
        await told(away)


@pytest.mark.parametrize("fault", [RuntimeError("a fault"), DuplicateKeyError("twice")])
async def test_a_fault_is_let_through(fault: Exception) -> None:
    """It is ours, and to be seen as one."""
    with pytest.raises(type(fault)):
        await told(fault)


class Client:
    """A client whose transactions all end with one error."""

    def __init__(self, error: Exception) -> None:
        self.client = self
        self._error = error

    @asynccontextmanager
    async def start_session(self) -> AsyncIterator["Client"]:
        yield self

    async def with_transaction(self, work: Any) -> None:
        raise self._error


async def test_a_transaction_that_others_were_always_in_the_way_of_is_to_be_tried_again() -> None:
    """Not a fault of ours, and not the caller's: UNAVAILABLE. Any other error is let through."""
    crowded = OperationFailure("conflict", details={"errorLabels": ["TransientTransactionError"]})
    database: Any = Client(crowded)
    with pytest.raises(StoreUnavailable):
        await in_transaction(database, lambda _session: told(crowded))
    database = Client(DuplicateKeyError("twice"))
    with pytest.raises(DuplicateKeyError):
        await in_transaction(database, lambda _session: told(crowded))
