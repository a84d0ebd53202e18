"""Redis and Valkey, in two roles: a cache that may vanish, and a queue that may not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import Field, SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.chassis.settings import Concern


class CacheSettings(Concern):
    """The cache's Redis."""

    cache_url: SecretStr = Field(description="The Redis that caches answers and carries news.")


class QueueSettings(Concern):
    """The queue's Redis; it must never evict (`noeviction`) and should keep its log (AOF)."""

    queue_url: SecretStr = Field(description="The Redis that holds the queue of jobs.")
    queue_replicas: int = Field(
        0, ge=0, description="How many of its replicas are to have heard of what is put into it."
    )


@asynccontextmanager
async def connect(url: SecretStr, *, timeout_seconds: float) -> AsyncIterator[Redis]:
    """Open a pool of connections whose every call ends within `timeout_seconds`, tried twice."""
    client = Redis.from_url(
        url.get_secret_value(),
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), retries=1),
        health_check_interval=30,
    )
    try:
        yield client
    finally:
        await client.aclose()
