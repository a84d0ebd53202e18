"""Connections: made, shown, changed, deleted; a credential is tried before it is kept."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from services.chassis.clock import Clock
from services.kernel.audit import Action, Actor, AuditEvent, event
from services.kernel.connection import ConnectionStanding, ConnectionState
from services.kernel.errors import (
    ConnectionAmbiguous,
    ConnectionNeedsCredentials,
    InvalidField,
    NotFound,
    SiteCredentialsRefused,
    SiteUnreachable,
    StoreUnavailable,
)
from services.kernel.ids import ConnectionId, WorkspaceId, fresh
from services.sync.connecting import Changes, Check, Offered, Remains, SiteOf, Store, Vault
from services.sync.credentials import CredentialUnreadable
from services.sync.domain import jql
from services.sync.domain.selection import Selection
from services.sync.domain.site import CLOUD_GATEWAY, Site
from services.sync.sources.answers import CredentialRefused, OutOfScope, PageRefused, SiteSays
from services.sync.sources.jira_cloud import Credential
from services.sync.store.connections import Connection

MOST_NAMES_TOLD = 20
# What to do about a credential that is refused.
ANYWHERE = "check both"
AT_SITE = (
    f"check both; a token with scopes is taken at {CLOUD_GATEWAY}/ex/jira/CLOUD_ID alone, and the "
    "site's /_edge/tenant_info says which that is"
)
SCOPES = "the token's scopes are to include read:jira-work and read:jira-user"


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
        await self._tried(offered.site, offered.credential, offered.selection)
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
            selection=offered.selection,
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
        # First what may still be refused.
        if changes.name is not None and changes.name != connection.state.name:
            told = self._event(actor, "connection.update", connection, changed="name")
            await self._store.rename(connection, changes.name, told)
        if changes.selection is not None and changes.selection != connection.selection:
            told = self._event(actor, "connection.update", connection, changed="scope")
            await self._store.select(connection, changes.selection, self._clock(), told)
        if credential is not None:
            origin = connection.state.site_url
            sealed = self._vault.seal(credential, connection.scope, origin)
            told = self._event(actor, "connection.update", connection, changed="credential")
            await self._store.give_credential(connection, credential.email, sealed, told)
        return await self.get(actor.workspace_id, connection.connection_id)

    async def _accepted(self, connection: Connection, changes: Changes) -> Credential | None:
        """Try what is given, with what stays; gives the credential, None where there is none."""
        site = self._site_of(connection.state.site_url)
        selection = changes.selection or connection.selection
        if changes.api_token is not None:
            email = changes.email or connection.email
            if not email:
                raise InvalidField("email", "this connection has none any more: give it too")
            credential = Credential(email=email, api_token=changes.api_token)
            await self._tried(site, credential, selection)
            return credential
        if changes.selection is not None:
            await self._tried(site, self._present(connection), selection)
        return None

    def _present(self, connection: Connection) -> Credential:
        """Give the credential that is kept; ConnectionNeedsCredentials where there is none."""
        if connection.state.standing is ConnectionStanding.NEEDS_CREDENTIALS:
            raise ConnectionNeedsCredentials
        try:
            return self._vault.open(connection.sealed, connection.scope, connection.state.site_url)
        except CredentialUnreadable as unreadable:
            raise ConnectionNeedsCredentials from unreadable

    async def delete(self, actor: Actor, reference: str) -> None:
        """Delete a connection; its runs end at their next write, its issues are deleted at once.

        Where that takes longer than the caller waits, a worker goes on with it.
        """
        connection = await self.get(actor.workspace_id, reference)
        await self._store.forget(connection, self._event(actor, "connection.delete", connection))
        with suppress(StoreUnavailable):
            await self._remains.purge(connection.connection_id)

    async def _tried(self, site: Site, credential: Credential, selection: Selection) -> None:
        # A token with scopes may be taken, and not for a search.
        asks = selection.clause or site.behind_gateway
        try:
            await self._check(site, credential, jql.bounded(selection) if asks else "")
        except CredentialRefused as refused:
            raise SiteCredentialsRefused(ANYWHERE if site.behind_gateway else AT_SITE) from refused
        except OutOfScope as lacking:
            raise SiteCredentialsRefused(SCOPES) from lacking
        except PageRefused as refused:
            if not selection.clause:
                raise SiteUnreachable(str(refused)) from refused
            field = "scope.jql" if selection.jql else "scope.projects"
            raise InvalidField(field, "the site cannot search by this") from refused
        except SiteSays as says:
            raise SiteUnreachable(str(says)) from says
