"""Waiting for a site, but no longer than the process goes on."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class HandBack(Exception):
    """The worker stops: another goes on from the first undone page."""


class Patience:
    """Waits for a site until the worker is to stop."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping

    async def __call__(self, reading: Coroutine[Any, Any, T]) -> T:
        """Wait for what is read; HandBack, and it is read no further, where the worker stops."""
        answer = asyncio.ensure_future(reading)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({answer, stop}, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                raise HandBack
            return answer.result()
        finally:
            answer.cancel()
            stop.cancel()
            await asyncio.gather(answer, stop, return_exceptions=True)
