"""Giving service tokens to those who know a client's secret."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from services.auth.domain.claims import SERVICE_TOKEN_SECONDS, Claims, service_claims
from services.auth.domain.clients import ClientId, Clients
from services.kernel.audit import OPERATORS, Actor, AuditEvent, event
from services.kernel.errors import ClientCredentialsInvalid
from services.kernel.ids import Instant, UserId, fresh
from services.kernel.origin import Origin


class Signer(Protocol):
    """Signs tokens."""

    def sign(self, claims: Claims) -> str:
        """Sign claims with the key that signs now."""


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """A token as it is handed out, and never kept."""

    text: str = field(repr=False)
    expires_in_seconds: int = SERVICE_TOKEN_SECONDS


@dataclass(frozen=True, slots=True)
class ServiceTokenMaker:
    """Makes service tokens; auth makes its own by it as well."""

    signer: Signer
    clock: Callable[[], Instant]

    def make(self, client_id: ClientId) -> ServiceToken:
        """Make a token for a client."""
        claims = service_claims(client_id, token_id=fresh("tok"), now=self.clock())
        return ServiceToken(self.signer.sign(claims))


class Inbox(Protocol):
    """Takes events of what changes nothing."""

    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""

    async def refuse(self, event: AuditEvent) -> None:
        """Count something that was refused."""


@dataclass(frozen=True, slots=True)
class IssueServiceToken:
    """The use case; `alarm` is told of a client that was refused, by its name or as unknown."""

    clients: Clients
    maker: ServiceTokenMaker
    inbox: Inbox
    clock: Callable[[], Instant]
    alarm: Callable[[str], None]

    async def __call__(self, client_id: str, secret: str, origin: Origin) -> ServiceToken:
        """Trade a client's credential; ClientCredentialsInvalid where it does not hold."""
        client = self.clients.recognise(client_id, secret)
        named = self.clients.name_of(client_id)
        actor = Actor(UserId(f"svc_{named}"), OPERATORS, origin=origin)
        tried = event(actor, "service_token.issue", now=self.clock(), target_id=actor.user_id)
        if client is None:
            self.alarm(named)
            reason = {"reason": ClientCredentialsInvalid.reason}
            await self.inbox.refuse(replace(tried, succeeded=False, details=reason))
            raise ClientCredentialsInvalid
        await self.inbox.add(tried)
        return self.maker.make(client.client_id)
