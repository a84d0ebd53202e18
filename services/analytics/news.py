"""Hears of raised revisions, so that what changed shows within a second.

A lost message costs at most the seconds for which states are held.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.kernel.ids import WorkspaceId

CHANNEL: Final = "news:revisions"
LISTEN_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1.0
logger = structlog.get_logger()


class Listener(Protocol):
    """Who acts on news."""

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Something of this workspace changed."""

    def forget_all(self) -> None:
        """News may have been missed."""


@asynccontextmanager
async def following(redis: Redis, listener: Listener) -> AsyncIterator[None]:
    """Pass news on to the listener until left, across restarts of Redis."""
    task = asyncio.create_task(_follow(redis, listener))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(redis: Redis, listener: Listener) -> None:
    while True:
        try:
            await _listen(redis, listener)
        except (RedisError, OSError) as away:
            logger.debug("no news", problem=str(away))
            await asyncio.sleep(RETRY_SECONDS)


async def _listen(redis: Redis, listener: Listener) -> None:
    async with redis.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        while True:
            message = await channel.get_message(timeout=LISTEN_SECONDS)
            if message is None:
                continue
            if message["type"] == "subscribe":
                listener.forget_all()
            elif message["type"] == "message":
                _pass_on(message["data"], listener)


def _pass_on(data: bytes, listener: Listener) -> None:
    """Read {"workspace_id", "connection_id", "revision"}; what is none of that is no news."""
    with suppress(ValueError, TypeError, KeyError):
        told: Any = json.loads(data)
        listener.forget(WorkspaceId(told["workspace_id"]))
