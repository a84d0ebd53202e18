"""What is left of deleted connections, in the database and in the queue's Redis."""

from collections.abc import Sequence
from typing import Protocol

from services.kernel.ids import ConnectionId, WorkspaceId


class Stored(Protocol):
    """What is left in the database; see RemainsStore."""

    async def unpurged(self) -> Sequence[ConnectionId]:
        """List forgotten connections of which something is left."""

    async def unpurged_of(self, workspace_id: WorkspaceId) -> Sequence[ConnectionId]:
        """List a workspace's forgotten connections of which something is left."""

    async def purge(self, connection_id: ConnectionId) -> None:
        """Delete what is left of one."""


class Marks(Protocol):
    """Keeps which issues are to be read again; see hooks.marks."""

    async def forget(self, connection_id: ConnectionId) -> None:
        """Forget all of a connection."""


class Remains:
    """All that is left of deleted connections; each step may be done again and again."""

    def __init__(self, stored: Stored, marks: Marks) -> None:
        self._stored = stored
        self._marks = marks

    async def unpurged(self) -> Sequence[ConnectionId]:
        """List forgotten connections of which something is left."""
        return await self._stored.unpurged()

    async def unpurged_of(self, workspace_id: WorkspaceId) -> Sequence[ConnectionId]:
        """List a workspace's forgotten connections of which something is left."""
        return await self._stored.unpurged_of(workspace_id)

    async def purge(self, connection_id: ConnectionId) -> None:
        """Delete what is left of one; that something is, is forgotten last of all."""
        await self._marks.forget(connection_id)
        await self._stored.purge(connection_id)
