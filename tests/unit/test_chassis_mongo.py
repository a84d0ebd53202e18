"""What a store's trouble is called, so that callers hear of a store that is away and no fault."""

import pytest
from pymongo.errors import AutoReconnect, DuplicateKeyError, ServerSelectionTimeoutError

from services.chassis.mongo import store_call
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
