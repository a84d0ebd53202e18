"""How complete what is stored of a site is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.kernel.connection import ConnectionState
from services.kernel.ids import TenantScope, WorkspaceId
from services.sync.domain.completeness import Aside, Count
from services.sync.domain.digest import Digest
from services.sync.domain.site_lists import Listed
from services.sync.domain.unshown import Unshown
from services.sync.store.connections import Connection


class Find(Protocol):
    """Finds connections of a workspace."""

    async def named(self, workspace_id: WorkspaceId, reference: str) -> Connection:
        """Find a connection by id or name; the only one where none is named."""


class Counts(Protocol):
    """Keeps what was counted; see CompletenessStore."""

    async def count(self, scope: TenantScope) -> Count | None:
        """Give what was counted of a connection; None before everything was listed once."""

    async def digest(self, scope: TenantScope) -> Digest | None:
        """Give what the last digest of a connection found; None before there was one."""

    async def aside(self, scope: TenantScope) -> Sequence[Aside]:
        """List the first issues that are set aside."""


class Lists(Protocol):
    """Keeps what a site lists beside its issues; see SiteListStore."""

    async def listed(self, scope: TenantScope) -> Sequence[Listed]:
        """Tell how many each list of a connection holds, and when it was read."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How a connection stands, what was counted last, what is set aside, and what is not shown."""

    state: ConnectionState
    count: Count | None
    aside: Sequence[Aside]
    unshown: Mapping[str, Unshown]
    digest: Digest | None
    lists: Sequence[Listed] = ()


@dataclass(frozen=True, slots=True)
class GetCompleteness:
    """The use case, with what it needs."""

    connections: Find
    counts: Counts
    lists: Lists

    async def __call__(self, workspace_id: WorkspaceId, reference: str) -> Completeness:
        """Tell how complete a connection is; NotFound also where it is another workspace's."""
        connection = await self.connections.named(workspace_id, reference)
        scope = connection.scope
        return Completeness(
            connection.state,
            await self.counts.count(scope),
            await self.counts.aside(scope),
            {**connection.unseen.hidden, **connection.unseen.returned},
            await self.counts.digest(scope),
            await self.lists.listed(scope),
        )
