"""Waiting for what comes to be, however busy the machine is."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from services.kernel.errors import StoreUnavailable

PATIENCE_SECONDS = 80.0


async def until(look: Callable[[], Awaitable[Any]], said: Callable[[], str]) -> Any:
    """Look until something is there; AssertionError with what was said where it does not come.

    A store that is too busy to answer in time says to try again, as callers do.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        try:
            if found := await look():
                return found
        except StoreUnavailable:
            pass
        except grpc.aio.AioRpcError as refused:
            if refused.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
        await asyncio.sleep(0.05)
    raise AssertionError(
        f"this did not happen within {PATIENCE_SECONDS} s; workers said:\n{said()}"
    )


async def until_true(look: Callable[[], bool], said: Callable[[], str]) -> None:
    """Look until something holds."""

    async def there() -> bool:
        return look()

    await until(there, said)
