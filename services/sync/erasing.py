"""Erasing: everything of a workspace, or what is kept under a person's e-mail address."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.chassis.clock import Clock
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import ConnectionId, WorkspaceId
from services.sync.store.connections import Connection

AT_ONCE: Final = 100


class Connections(Protocol):
    """Keeps connections; see ConnectionStore."""

    async def page(
        self, workspace_id: WorkspaceId, *, after_name: str, size: int
    ) -> Sequence[Connection]:
        """List a workspace's connections by name, from the one after `after_name`."""

    async def forget(self, connection: Connection) -> None:
        """Take a connection out of sight and end its runs."""


class Remains(Protocol):
    """What is left of forgotten connections; see RemainsStore."""

    async def unpurged_of(self, workspace_id: WorkspaceId) -> Sequence[ConnectionId]:
        """List a workspace's forgotten connections of which something is left."""

    async def purge(self, connection_id: ConnectionId) -> None:
        """Delete what is left of one."""


class Deletes(Protocol):
    """Deletes what stands beside connections, and in them; see ErasingStore."""

    async def take_credential(self, connection_id: ConnectionId, event: AuditEvent) -> None:
        """Delete a connection's credential and the address in it, and end its runs."""

    async def forget_workspace(self, workspace_id: WorkspaceId) -> None:
        """Delete what is kept of a workspace beside its connections."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """What other services may have erased, and how they find what there is."""

    connections: Connections
    remains: Remains
    deletes: Deletes
    clock: Clock

    async def workspace(self, workspace_id: WorkspaceId) -> None:
        """Delete all of a workspace's connections and whatever was collected through them.

        It returns when nothing is left; who was answered with an error asks again.
        """
        async for connection in self._of(workspace_id):
            await self.connections.forget(connection)
        for connection_id in await self.remains.unpurged_of(workspace_id):
            await self.remains.purge(connection_id)
        await self.deletes.forget_workspace(workspace_id)

    async def person(self, actor: Actor, email: str) -> None:
        """Delete the credentials that are kept under an address in the actor's workspace."""
        for connection in await self.connections_of(actor.workspace_id, email):
            connection_id = connection.connection_id
            taken = event(
                actor,
                "connection.update",
                now=self.clock(),
                target_id=connection_id,
                credential="erased",
            )
            await self.deletes.take_credential(connection_id, taken)

    async def connections_in(
        self, workspace_ids: Sequence[WorkspaceId], email: str
    ) -> list[Connection]:
        """Find the connections of several workspaces that sign in with an address."""
        return [one for each in workspace_ids for one in await self.connections_of(each, email)]

    async def connections_of(self, workspace_id: WorkspaceId, email: str) -> list[Connection]:
        """Find a workspace's connections that sign in with an address, in whatever letter case."""
        return [
            connection
            async for connection in self._of(workspace_id)
            if connection.email.casefold() == email.casefold()
        ]

    async def _of(self, workspace_id: WorkspaceId) -> AsyncIterator[Connection]:
        after_name, more = "", True
        while more:
            page = await self.connections.page(workspace_id, after_name=after_name, size=AT_ONCE)
            for connection in page:
                yield connection
            more = len(page) == AT_ONCE
            after_name = page[-1].state.name if page else ""
