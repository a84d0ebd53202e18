"""What is around connections: what somebody asks for, the site, and where they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.kernel.audit import AuditEvent
from services.kernel.connection import Source
from services.kernel.ids import ConnectionId, Instant, TenantScope, WorkspaceId
from services.sync.domain.selection import Selection
from services.sync.domain.site import Site
from services.sync.sources.jira_cloud import Credential
from services.sync.store.connections import Connection


@dataclass(frozen=True, slots=True)
class Offered:
    """What somebody wants to connect."""

    name: str
    source: Source
    site: Site
    credential: Credential
    selection: Selection


@dataclass(frozen=True, slots=True)
class Changes:
    """What somebody wants to change of a connection; None leaves it as it is."""

    name: str | None
    email: str | None
    api_token: str | None
    selection: Selection | None = None


class Check(Protocol):
    """Tries a credential and a question on a site."""

    async def __call__(self, site: Site, credential: Credential, question: str) -> None:
        """Make sure the site is one and takes both; see JiraCloud.check."""


class Vault(Protocol):
    """Encrypts credentials, and reads them."""

    def seal(self, credential: Credential, scope: TenantScope, origin: str) -> bytes:
        """Encrypt a credential for one connection and one address."""

    def open(self, sealed: bytes, scope: TenantScope, origin: str) -> Credential:
        """Decrypt a credential."""


class Store(Protocol):
    """Keeps connections, and the events that tell of it; see ConnectionStore."""

    async def add(self, connection: Connection, *events: AuditEvent) -> None:
        """Add a connection; ConnectionNameTaken where the name is taken."""

    async def find(self, workspace_id: WorkspaceId, reference: str) -> Connection | None:
        """Find a connection by id or name."""

    async def page(
        self, workspace_id: WorkspaceId, *, after_name: str, size: int
    ) -> Sequence[Connection]:
        """List connections by name."""

    async def rename(self, connection: Connection, name: str, *events: AuditEvent) -> None:
        """Give a connection another name."""

    async def give_credential(
        self, connection: Connection, email: str, sealed: bytes, *events: AuditEvent
    ) -> None:
        """Give a connection another credential."""

    async def select(
        self, connection: Connection, selection: Selection, now: Instant, *events: AuditEvent
    ) -> None:
        """Have something else of the site collected: all of it, from the beginning."""

    async def forget(self, connection: Connection, *events: AuditEvent) -> None:
        """Take a connection out of sight and end its runs."""


class Remains(Protocol):
    """What is left of forgotten connections; see RemainsStore."""

    async def purge(self, connection_id: ConnectionId) -> None:
        """Delete what is left of one."""


class SiteOf(Protocol):
    """Reads a site's address."""

    def __call__(self, url: str) -> Site:
        """Read a site's address; SiteNotAllowed unless it may be called."""
