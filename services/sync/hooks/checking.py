"""Whether a webhook was signed by its connection's site; secrets are remembered a while."""

from collections.abc import Sequence
from typing import Final, Protocol

from cachetools import TTLCache

from services.chassis.clock import Clock
from services.kernel.ids import ConnectionId
from services.sync.domain import signature

# For so long a secret that was ended, or whose connection was deleted, may still be taken: as long
# as any token that was revoked.
REMEMBERED_MILLISECONDS: Final = 30_000
MOST_REMEMBERED: Final = 10_000


class Secrets(Protocol):
    """Knows with which secrets a connection's webhooks may be signed; see HookSecrets."""

    async def good(self, connection_id: ConnectionId) -> Sequence[str]:
        """Give the secrets that hold now; none where there is no such connection."""


class Signatures:
    """Checks signatures; only what a site has signed is remembered, so that no stranger fills it.

    A signature that does not hold by what is remembered is checked by what is stored: a secret that
    was made a moment ago is known at once.
    """

    def __init__(self, secrets: Secrets, clock: Clock) -> None:
        self._secrets = secrets
        self._known: TTLCache[ConnectionId, Sequence[str]] = TTLCache(
            MOST_REMEMBERED, REMEMBERED_MILLISECONDS, timer=clock
        )

    async def hold(self, connection_id: ConnectionId, signed: str, body: bytes) -> bool:
        """Tell whether a connection's site has signed these very bytes."""
        known = self._known.get(connection_id)
        if known is not None and signature.holds(signed, body, known):
            return True
        secrets = await self._secrets.good(connection_id)
        if not signature.holds(signed, body, secrets):
            return False
        self._known[connection_id] = secrets
        return True
