"""Keeps connections' snapshots in memory, as new as asked for and no larger than allowed."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar
from weakref import WeakValueDictionary

from services.analytics.columns import facts_of
from services.analytics.domain.facts import joined
from services.analytics.domain.question import Subject
from services.analytics.domain.snapshot import Snapshot, empty, knowing, refreshed, remapped
from services.kernel.documents import Document
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.site_account import SiteAccount

P = ParamSpec("P")
T = TypeVar("T")


class IssueStore(Protocol):
    """Where issues are stored."""

    def issues_since(self, scope: TenantScope, seq: int) -> AsyncIterator[Sequence[Document]]:
        """Read the issues that were written after `seq`, in batches."""

    async def accounts_since(self, scope: TenantScope, seq: int) -> Sequence[SiteAccount]:
        """Read who holds issues, as far as that was written after `seq`."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A snapshot that shows all that was written up to `seq`, and whatever came since."""

    workspace_id: WorkspaceId
    snapshot: Snapshot
    revision: int
    seq: int

    def serves(self, subject: Subject, stages: Mapping[str, int]) -> bool:
        return self.revision >= subject.state.revision and self.snapshot.stages == stages


class Snapshots:
    """Snapshots by connection, the least recently asked dropped first; the last asked stays."""

    def __init__(self, store: IssueStore, pool: Executor, *, byte_limit: int) -> None:
        self._store = store
        self._pool = pool
        self._byte_limit = byte_limit
        self._held: OrderedDict[ConnectionId, _Held] = OrderedDict()
        self._refreshing: WeakValueDictionary[ConnectionId, asyncio.Lock] = WeakValueDictionary()

    async def of(self, subject: Subject) -> Snapshot:
        """Give a snapshot that shows the connection's revision, or one after it."""
        connection_id = subject.state.connection_id
        stages = {
            status_id: subject.workflow.stage_of(status_id)
            for status_id in subject.workflow.statuses
        }
        lock = self._refreshing.setdefault(connection_id, asyncio.Lock())
        async with lock:
            held = self._held.get(connection_id)
            if held is None or not held.serves(subject, stages):
                held = await self._refreshed(held, subject, stages)
                self._held[connection_id] = held
            self._held.move_to_end(connection_id)
            self._drop_oldest()
        return held.snapshot

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Drop a workspace's snapshots."""
        held = list(self._held.items())
        for connection_id in [key for key, one in held if one.workspace_id == workspace_id]:
            del self._held[connection_id]

    async def _beside(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: call(*args, **kwargs))

    async def _refreshed(
        self, held: _Held | None, subject: Subject, stages: Mapping[str, int]
    ) -> _Held:
        """Read what changed; `seq` is the state's, which was read before any issue is now."""
        state = subject.state
        snapshot = held.snapshot if held else empty(stages)
        if snapshot.stages != stages:
            snapshot = await self._beside(remapped, snapshot, stages)
        since = held.seq if held else 0
        changed = self._store.issues_since(state.scope, since)
        batches = [await self._beside(facts_of, documents) async for documents in changed]
        if batches:
            snapshot = await self._beside(lambda: refreshed(snapshot, joined(batches)))
        if accounts := await self._store.accounts_since(state.scope, since):
            snapshot = knowing(snapshot, accounts)
        return _Held(state.workspace_id, snapshot, state.revision, state.seq)

    def _drop_oldest(self) -> None:
        taken = sum(held.snapshot.byte_count for held in self._held.values())
        while taken > self._byte_limit and len(self._held) > 1:
            _, dropped = self._held.popitem(last=False)
            taken -= dropped.snapshot.byte_count
