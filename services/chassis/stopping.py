"""Running something beside a process's calls, and ending it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

AGAIN_SECONDS: Final = 0.1


async def stopped(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended; raises what it ended with, if that was an error.

    Once is not enough: a driver may turn a cancellation that meets it at an unlucky moment into an
    error of its connection, and a loop that outlives errors would go on for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN_SECONDS)
    if not task.cancelled():
        task.result()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Run `work` beside what is done within, and end it then as `stopped` does."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await stopped(task)
