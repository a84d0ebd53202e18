"""Forgets a workspace: its answers, its snapshots, and what is remembered of its connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.analytics.asking import keys_of_workspace
from services.chassis import news
from services.kernel.errors import StoreUnavailable
from services.kernel.ids import WorkspaceId

CHANNEL: Final = "news:erasures"
SCANNED_AT_ONCE: Final = 1000


class Forgetful(Protocol):
    """Who holds something of workspaces in this process."""

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Drop all that is held of a workspace."""


class Erasing:
    """Forgets a workspace in Redis, in this process, and by news in the others."""

    def __init__(self, cache: Redis, parts: Sequence[Forgetful]) -> None:
        self._cache = cache
        self._parts = parts

    async def workspace(self, workspace_id: WorkspaceId) -> None:
        """Forget it everywhere; StoreUnavailable where Redis is away: ask again."""
        self.forget(workspace_id)
        try:
            await self._delete_answers(workspace_id)
        except (RedisError, OSError, TimeoutError) as away:
            raise StoreUnavailable from away
        await news.tell(self._cache, CHANNEL, json.dumps({"workspace_id": workspace_id}))

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Forget it in this process."""
        for part in self._parts:
            part.forget(workspace_id)

    def hear(self, data: bytes) -> None:
        """Forget what another process was asked to erase; what cannot be read is no news."""
        with suppress(ValueError, TypeError, KeyError):
            told: Any = json.loads(data)
            self.forget(WorkspaceId(told["workspace_id"]))

    def missed(self) -> None:
        """Let it be: what nobody can ask for any more gives way to what is asked for."""

    async def _delete_answers(self, workspace_id: WorkspaceId) -> None:
        pattern = keys_of_workspace(workspace_id)
        async for found in _batches(self._cache, pattern):
            await self._cache.unlink(*found)


async def _batches(cache: Redis, pattern: str) -> AsyncIterator[list[bytes | str]]:
    cursor, more = 0, True
    while more:
        cursor, found = await cache.scan(cursor, match=pattern, count=SCANNED_AT_ONCE)
        if found:
            yield found
        more = cursor != 0
        # A cache of many workspaces takes many steps: calls come between them.
        await asyncio.sleep(0)


@asynccontextmanager
async def erasing(cache: Redis, parts: Sequence[Forgetful]) -> AsyncIterator[Erasing]:
    """Hear of erasures until left."""
    made = Erasing(cache, parts)
    async with news.following(cache, CHANNEL, made):
        yield made
