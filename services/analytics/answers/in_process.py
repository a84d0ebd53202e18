"""The first cache: answers in this process."""

from cachetools import LRUCache

from services.analytics.answers import Answer, Answers
from services.analytics.asking import is_of_workspace
from services.analytics.domain.question import Asked
from services.kernel.ids import WorkspaceId

# What an entry costs beside its body, in bytes: its key and the objects around both.
OVERHEAD = 600


class InProcess:
    """Keeps the answers asked for last, up to a number of bytes."""

    def __init__(self, inner: Answers, *, byte_limit: int) -> None:
        self._inner = inner
        self._byte_limit = byte_limit
        self._kept: LRUCache[str, Answer] = LRUCache(byte_limit, getsizeof=_size)

    async def answer(self, asked: Asked) -> Answer:
        """Give the kept answer, or ask on and keep it."""
        kept = self._kept.get(asked.key)
        if kept is not None:
            return kept
        answer = await self._inner.answer(asked)
        keeping = Answer(answer.body, cached=True)
        if _size(keeping) <= self._byte_limit:
            self._kept[asked.key] = keeping
        return answer

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Drop a workspace's answers."""
        for key in [key for key in self._kept if is_of_workspace(key, workspace_id)]:
            del self._kept[key]


def _size(answer: Answer) -> int:
    return len(answer.body) + OVERHEAD
