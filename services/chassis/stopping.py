"""Running something beside a process's calls, and ending it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog

AGAIN_SECONDS: Final = 0.1
logger = structlog.get_logger()


async def ended(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel tasks until all have ended, whatever with.

    Once is not enough: a driver may turn a cancellation that meets it at an unlucky moment into an
    error of its connection, and a loop that outlives errors would go on for ever; or swallow it, as
    asyncio.wait_for of Python 3.11 does, which redis-py uses (python/cpython#86296).
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def stopped(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended; raises what it ended with, if that was an error."""
    await ended(task)
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


@asynccontextmanager
async def repeating(
    work: Callable[[], Awaitable[object]], *, every_seconds: float, trouble: str
) -> AsyncIterator[None]:
    """Do `work` now and every so often until left; whatever it raises is logged as `trouble`."""
    async with beside(_repeat(work, every_seconds, trouble)):
        yield


async def _repeat(
    work: Callable[[], Awaitable[object]], every_seconds: float, trouble: str
) -> None:
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next time may find it gone
            logger.warning(trouble, error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(every_seconds)
