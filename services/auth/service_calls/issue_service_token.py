"""Giving service tokens to those who know a client's secret."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from services.auth.domain.claims import SERVICE_TOKEN_SECONDS, Claims, service_claims
from services.auth.domain.clients import ClientId, Clients
from services.kernel.errors import ClientCredentialsInvalid
from services.kernel.ids import Instant, fresh


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


@dataclass(frozen=True, slots=True)
class IssueServiceToken:
    """The use case; `alarm` is told of a client, as it calls itself, that was refused."""

    clients: Clients
    maker: ServiceTokenMaker
    alarm: Callable[[str], None]

    async def __call__(self, client_id: str, secret: str) -> ServiceToken:
        """Trade a client's credential; ClientCredentialsInvalid where it does not hold."""
        client = self.clients.recognise(client_id, secret)
        if client is None:
            self.alarm(client_id)
            raise ClientCredentialsInvalid
        return self.maker.make(client.client_id)
