"""Trading a key for an access token; whatever is wrong with it is one answer at one cost."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from services.auth.audit.refusals import Inbox
from services.auth.domain.account import Workspace
from services.auth.domain.api_key import MINUTE, ApiKey, good_for, key_id_of
from services.auth.domain.claims import Claims, machine_claims, machine_seconds
from services.auth.domain.session import digest_of
from services.auth.sessions.granting import Grant
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import ApiKeyInvalid
from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.origin import Origin

NOBODY = Actor(UserId(""), WorkspaceId(""))
EXCHANGE: Final = "api_key.exchange"


class Keys(Protocol):
    """Keeps API keys."""

    async def find(self, key_id: str) -> ApiKey | None:
        """Find a key, whichever workspace it is of."""

    async def use(self, key: ApiKey, event: AuditEvent) -> bool:
        """Note when a key was last used; False where it was revoked since it was read."""


class Workspaces(Protocol):
    """Finds workspaces."""

    async def find(self, workspace_id: WorkspaceId) -> Workspace | None:
        """Find a workspace."""


class Signer(Protocol):
    """Makes access tokens."""

    def sign(self, claims: Claims) -> str:
        """Sign claims with the key that signs now."""


@dataclass(frozen=True, slots=True)
class ExchangeApiKey:
    """The use case, with what it needs; `blur` waits for a moment that nobody can foretell."""

    keys: Keys
    inbox: Inbox
    workspaces: Workspaces
    signer: Signer
    clock: Callable[[], Instant]
    blur: Callable[[], Awaitable[None]]

    async def __call__(self, secret: str, origin: Origin) -> Grant:
        """Give an access token and no refresh token; ApiKeyInvalid.

        A key that is nobody's is counted with strangers, at the same cost.
        """
        now, digest = self.clock(), digest_of(secret)
        key = await self.keys.find(key_id_of(secret))
        if key is None or not good_for(key, digest, now=now):
            await self._refuse(key, origin, now)
            await self.blur()
            raise ApiKeyInvalid
        workspace = await self.workspaces.find(key.workspace_id)
        used = replace(key, last_used=now - now % MINUTE)
        done = event(_actor(key, origin), EXCHANGE, now=now, target_id=key.key_id)
        if workspace is None or not await self.keys.use(used, done):
            await self._refuse(key, origin, now)
            raise ApiKeyInvalid
        claims = machine_claims(key, workspace, token_id=fresh("tok"), now=now)
        return Grant(self.signer.sign(claims), "", machine_seconds(key, now=now))

    async def _refuse(self, key: ApiKey | None, origin: Origin, now: Instant) -> None:
        actor = _actor(key, origin) if key else replace(NOBODY, origin=origin)
        await self.inbox.refuse(
            event(actor, EXCHANGE, now=now, target_id=actor.user_id, succeeded=False)
        )


def _actor(key: ApiKey, origin: Origin) -> Actor:
    return Actor(UserId(key.key_id), key.workspace_id, key.key_id, origin)
