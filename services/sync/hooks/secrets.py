"""The secrets that a connection's webhooks are signed with: made, and known while they hold."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from services.chassis.clock import Clock
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import NotFound
from services.kernel.ids import ConnectionId, Instant, TenantScope, WorkspaceId
from services.sync.credentials import CredentialUnreadable
from services.sync.store.connections import Connection
from services.sync.store.hook_secrets import SealedSecrets

# Long enough for somebody to put the other into the site's form, and for what Jira tries again.
FORMER_MILLISECONDS: Final = 24 * 3600 * 1000
BYTES: Final = 32
logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rotated:
    """A secret that was made; `former_until` is None where none was there before."""

    connection_id: ConnectionId
    secret: str
    former_until: Instant | None

    def __repr__(self) -> str:
        return "Rotated(…)"


class Find(Protocol):
    """Finds connections of a workspace."""

    async def get(self, workspace_id: WorkspaceId, reference: str) -> Connection:
        """Find a connection by id or name; NotFound where there is none."""


class Store(Protocol):
    """Keeps secrets; see HookSecretStore."""

    async def find(self, connection_id: ConnectionId) -> SealedSecrets | None:
        """Find a connection's secrets; None where there is no such connection."""

    async def replace(
        self, scope: TenantScope, sealed: bytes, *events: AuditEvent, former_until: Instant
    ) -> bool | None:
        """Put another secret in the present one's place; tells whether there was one."""


class Vault(Protocol):
    """Encrypts secrets of webhooks, and reads them."""

    def seal_secret(self, secret: str, scope: TenantScope) -> bytes:
        """Encrypt a secret for one connection."""

    def open_secret(self, sealed: bytes, scope: TenantScope) -> str:
        """Decrypt a secret; CredentialUnreadable where it belongs to something else."""


class HookSecrets:
    """Makes secrets, and tells which hold."""

    def __init__(self, connections: Find, store: Store, vault: Vault, clock: Clock) -> None:
        self._connections = connections
        self._store = store
        self._vault = vault
        self._clock = clock

    async def rotate(self, actor: Actor, reference: str, *, end_former: bool) -> Rotated:
        """Make a connection's secret; the one before holds for a day more, or ends now."""
        connection = await self._connections.get(actor.workspace_id, reference)
        scope, secret, now = connection.scope, secrets.token_urlsafe(BYTES), self._clock()
        until = now if end_former else now + FORMER_MILLISECONDS
        former = "ended" if end_former else "kept"
        told = event(
            actor,
            "connection.rotate_webhook_secret",
            now=now,
            target_id=scope.connection_id,
            former=former,
        )
        sealed = self._vault.seal_secret(secret, scope)
        had_one = await self._store.replace(scope, sealed, told, former_until=until)
        if had_one is None:
            raise NotFound("connection")
        return Rotated(scope.connection_id, secret, until if had_one else None)

    async def good(self, connection_id: ConnectionId) -> Sequence[str]:
        """Give the secrets that hold now; none where there is no such connection."""
        kept = await self._store.find(connection_id)
        if kept is None:
            return []
        former = kept.former if kept.former_until > self._clock() else b""
        return [self._opened(sealed, kept.scope) for sealed in (kept.present, former) if sealed]

    def _opened(self, sealed: bytes, scope: TenantScope) -> str:
        """Decrypt a secret; one that is of no use signs nothing."""
        try:
            return self._vault.open_secret(sealed, scope)
        except CredentialUnreadable:
            logger.warning("webhook secret unreadable", connection_id=scope.connection_id)
            return ""
