"""News that a connection's data moved, for whoever answers from them.

A lost message costs no more than a reader's bounded re-read: news is never waited for.
"""

import json

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.kernel.ids import TenantScope

CHANNEL = "news:revisions"
logger = structlog.get_logger()


class Announcer:
    """Publishes on the cache's Redis that data moved."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def moved(self, scope: TenantScope) -> None:
        """Say that a connection's data are not what they were, or complete until later."""
        news = {"workspace_id": scope.workspace_id, "connection_id": scope.connection_id}
        try:
            await self._redis.publish(CHANNEL, json.dumps(news))
        except (RedisError, OSError) as away:
            logger.warning("news was not published", error=str(away))
