"""What the methods of every area are built from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from services.auth.accounts.passwords import Passwords
from services.auth.keys.checkpoints import CheckpointSigner
from services.auth.keys.ring import KeyRing
from services.auth.service_calls.elsewhere import Elsewhere
from services.auth.sessions.granting import Granting
from services.auth.settings import AuthSettings
from services.auth.workspaces.activity import Activity
from services.chassis.clock import Clock
from services.chassis.mongo import Database
from services.chassis.revocation_news import tell_revocations
from services.kernel.revocation import Revocation

# Tells every process of revocations that are true in the database by now.
Tell = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kit:
    """One process's stores and tools; `tell(*revocations)` spreads news and never fails."""

    settings: AuthSettings
    database: Database
    clock: Clock
    ring: KeyRing
    checkpoints: CheckpointSigner
    passwords: Passwords
    granting: Granting
    tell: Tell
    elsewhere: Elsewhere
    activity: Activity


def telling(note: Callable[[tuple[Revocation, ...]], None], cache: Redis | None) -> Tell:
    """Tell this process, and all others where there is a Redis that carries news."""

    async def tell(*revocations: Revocation) -> None:
        note(revocations)
        if cache is not None and revocations:
            await tell_revocations(cache, revocations)

    return tell
