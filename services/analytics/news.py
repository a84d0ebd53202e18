"""Hears of raised revisions, so that what changed shows within a second.

A lost message costs at most the seconds for which states are held.
"""

import json
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Final, Protocol

from redis.asyncio import Redis

from services.chassis import news
from services.kernel.ids import WorkspaceId

CHANNEL: Final = "news:revisions"


class Listener(Protocol):
    """Who acts on news."""

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Something of this workspace changed."""

    def forget_all(self) -> None:
        """News may have been missed."""


class _Revisions:
    """Reads {"workspace_id", "connection_id"}."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def hear(self, data: bytes) -> None:
        with suppress(ValueError, TypeError, KeyError):
            told: Any = json.loads(data)
            self._listener.forget(WorkspaceId(told["workspace_id"]))

    def missed(self) -> None:
        self._listener.forget_all()


def following(redis: Redis, listener: Listener) -> AbstractAsyncContextManager[None]:
    """Pass news on to the listener until left, across restarts of Redis."""
    return news.following(redis, CHANNEL, _Revisions(listener))
