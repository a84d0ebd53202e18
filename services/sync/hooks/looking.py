"""Finds marks that nobody is on the way to: their connection is put into the queue again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.chassis.clock import Clock
from services.kernel.ids import ConnectionId, Instant
from services.sync.domain.lanes import Lane

# From a mark to the queue is a matter of milliseconds.
QUEUED_MILLISECONDS: Final = 5_000
AT_ONCE: Final = 500


class Marks(Protocol):
    """Keeps which issues are to be read again; see hooks.marks."""

    async def left_alone(
        self, *, before: Instant, now: Instant, most: int
    ) -> Sequence[ConnectionId]:
        """List connections whose marks nobody took out, and was not asked for since an instant."""

    async def forget(self, connection_id: ConnectionId) -> None:
        """Forget all of a connection."""


class Holds(Protocol):
    """Knows connections; see HoldStore."""

    async def there(self, ids: Sequence[ConnectionId]) -> Mapping[ConnectionId, bool]:
        """Tell which of some connections are there, and whether they may be held."""


class Put(Protocol):
    """Puts a connection into the queue."""

    async def put(self, connection_id: ConnectionId, lane: Lane) -> None:
        """Put a connection into the queue, unless it is there."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Looks for marks of which the queue may not know."""

    marks: Marks
    holds: Holds
    queue: Put
    clock: Clock

    async def look(self) -> None:
        """Look once. Marks of a connection that was deleted meanwhile are forgotten."""
        now = self.clock()
        found = await self.marks.left_alone(before=now - QUEUED_MILLISECONDS, now=now, most=AT_ONCE)
        there = await self.holds.there(found) if found else {}
        for connection_id in found:
            if connection_id not in there:
                await self.marks.forget(connection_id)
            elif there[connection_id]:
                await self.queue.put(connection_id, Lane.REFRESH)
