"""News between processes, over the cache's Redis: heard at once, or not at all.

Nothing may rest on them: whoever listens also reads again what the news are about, from time to
time, and whenever news may have been missed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.chassis.stopping import beside

LISTEN_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1.0
TELL_SECONDS: Final = 0.5
logger = structlog.get_logger()


class Listener(Protocol):
    """Who acts on news."""

    def hear(self, data: bytes) -> None:
        """Act on a message; what cannot be read is no news."""

    def missed(self) -> None:
        """News may have been missed until now."""


async def tell(redis: Redis, channel: str, message: str) -> None:
    """Publish a message, within half a second; that it cannot be is logged, and never raised."""
    try:
        async with asyncio.timeout(TELL_SECONDS):
            await redis.publish(channel, message)
    except (RedisError, OSError, TimeoutError) as away:
        logger.warning("news was not published", channel=channel, error=str(away))


@asynccontextmanager
async def following(redis: Redis, channel: str, listener: Listener) -> AsyncIterator[None]:
    """Pass a channel's news on to the listener until left, across restarts of Redis."""
    async with beside(_follow(redis, channel, listener)):
        yield


async def _follow(redis: Redis, channel: str, listener: Listener) -> None:
    while True:
        try:
            await _listen(redis, channel, listener)
        except (RedisError, OSError) as away:
            logger.debug("no news", channel=channel, problem=str(away))
            await asyncio.sleep(RETRY_SECONDS)


async def _listen(redis: Redis, channel: str, listener: Listener) -> None:
    async with redis.pubsub() as subscribed:
        await subscribed.subscribe(channel)
        while True:
            message = await subscribed.get_message(timeout=LISTEN_SECONDS)
            if message is None:
                continue
            if message["type"] == "subscribe":
                listener.missed()
            elif message["type"] == "message":
                listener.hear(message["data"])
