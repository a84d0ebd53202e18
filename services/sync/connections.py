"""Connections: made, shown, changed, deleted; a credential is tried before it is kept."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from services.chassis.clock import Clock
from services.kernel.audit import Action, Actor, AuditEvent, event
from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.errors import (
    ConnectionAmbiguous,
    InvalidField,
    NotFound,
    SiteCredentialsRefused,
    SiteUnreachable,
    StoreUnavailable,
)
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId, fresh
from services.sync.domain.site import Site
from services.sync.sources.answers import CredentialRefused, SiteSays
from services.sync.sources.jira_cloud import Credential
from services.sync.store.connections import Connection

MOST_NAMES_TOLD = 20


@dataclass(frozen=True, slots=True)
class Offered:
    """What somebody wants to connect."""

    name: str
    source: Source
    site: Site
    credential: Credential
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What somebody wants to change of a connection; None leaves it as it is."""

    name: str | None
    email: str | None
    api_token: str | None


class Check(Protocol):
    """Tries a credential on a site."""

    async def __call__(self, site: Site, credential: Credential) -> None:
        """Make sure the site is one and takes the credential; see JiraCloud.check."""


class Vault(Protocol):
    """Encrypts credentials, and reads the address it was stored for."""

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

    async def forget(self, connection: Connection, *events: AuditEvent) -> None:
        """Take a connection out of sight and end its runs."""


class Remains(Protocol):
    """What is left of forgotten connections; see RemainsStore."""

    async def purge(self, connection_id: ConnectionId) -> None:
        """Delete what is left of one."""


class Connections:
    """What may be done with a workspace's connections."""

    def __init__(
        self,
        store: Store,
        remains: Remains,
        vault: Vault,
        *,
        check: Check,
        site_of: "SiteOf",
        clock: Clock,
    ) -> None:
        self._store = store
        self._remains = remains
        self._vault = vault
        self._check = check
        self._site_of = site_of
        self._clock = clock

    async def create(self, actor: Actor, offered: Offered) -> Connection:
        """Make a connection of what the site accepts."""
        await self._tried(offered.site, offered.credential)
        state = ConnectionState(
            connection_id=ConnectionId(fresh("con")),
            workspace_id=actor.workspace_id,
            name=offered.name,
            source=offered.source,
            site_url=offered.site.origin,
            standing=ConnectionStanding.NEW,
        )
        connection = Connection(
            state=state,
            email=offered.credential.email,
            sealed=self._vault.seal(offered.credential, state.scope, state.site_url),
            projects=offered.projects,
            created=self._clock(),
        )
        told = self._event(actor, "connection.create", connection, source=offered.source.value)
        await self._store.add(connection, told)
        return connection

    def _event(
        self, actor: Actor, action: Action, connection: Connection, **details: str
    ) -> AuditEvent:
        """Make the event of a change; it names no site, no address and no person."""
        now, changed = self._clock(), connection.connection_id
        told = event(actor, action, now=now, target_id=changed)
        return replace(told, details=details)

    async def get(self, workspace_id: WorkspaceId, reference: str) -> Connection:
        """Find a connection by id or name; NotFound also where it is another workspace's."""
        connection = await self._store.find(workspace_id, reference)
        if connection is None:
            raise NotFound("connection")
        return connection

    async def named(self, workspace_id: WorkspaceId, reference: str) -> Connection:
        """Find a connection; the only one of the workspace where none is named."""
        if reference:
            return await self.get(workspace_id, reference)
        found = await self._store.page(workspace_id, after_name="", size=MOST_NAMES_TOLD)
        if not found:
            raise NotFound("connection")
        if len(found) > 1:
            raise ConnectionAmbiguous([connection.state.name for connection in found])
        return found[0]

    async def page(
        self, workspace_id: WorkspaceId, *, after_name: str, size: int
    ) -> Sequence[Connection]:
        """List connections by name."""
        return await self._store.page(workspace_id, after_name=after_name, size=size)

    async def update(self, actor: Actor, reference: str, changes: Changes) -> Connection:
        """Change a connection; a credential the site refuses, or a name taken, changes nothing."""
        connection = await self.get(actor.workspace_id, reference)
        if changes.email is not None and changes.api_token is None:
            raise InvalidField("api_token", "another account has another API token: give it too")
        credential = await self._accepted(connection, changes)
        if changes.name is not None and changes.name != connection.state.name:
            told = self._event(actor, "connection.update", connection, changed="name")
            await self._store.rename(connection, changes.name, told)
        if credential is not None:
            origin = connection.state.site_url
            sealed = self._vault.seal(credential, connection.scope, origin)
            told = self._event(actor, "connection.update", connection, changed="credential")
            await self._store.give_credential(connection, credential.email, sealed, told)
        return await self.get(actor.workspace_id, connection.connection_id)

    async def _accepted(self, connection: Connection, changes: Changes) -> Credential | None:
        """Try the credential that is given; None where there is none."""
        if changes.api_token is None:
            return None
        email = changes.email or connection.email
        if not email:
            raise InvalidField("email", "this connection has none any more: give it too")
        credential = Credential(email=email, api_token=changes.api_token)
        await self._tried(self._site_of(connection.state.site_url), credential)
        return credential

    async def delete(self, actor: Actor, reference: str) -> None:
        """Delete a connection; its runs end at their next write, its issues are deleted at once.

        Where that takes longer than the caller waits, a worker goes on with it.
        """
        connection = await self.get(actor.workspace_id, reference)
        await self._store.forget(connection, self._event(actor, "connection.delete", connection))
        with suppress(StoreUnavailable):
            await self._remains.purge(connection.connection_id)

    async def _tried(self, site: Site, credential: Credential) -> None:
        try:
            await self._check(site, credential)
        except CredentialRefused as refused:
            raise SiteCredentialsRefused from refused
        except SiteSays as says:
            raise SiteUnreachable(str(says)) from says


class SiteOf(Protocol):
    """Reads a site's address."""

    def __call__(self, url: str) -> Site:
        """Read a site's address; SiteNotAllowed unless it may be called."""
