"""Ending what runs beside a process's calls."""

import asyncio
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
