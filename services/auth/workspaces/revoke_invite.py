"""Taking an invitation back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant


class Invites(Protocol):
    """Keeps invitations."""

    async def remove(self, actor: Actor, invite_id: str, event: AuditEvent) -> None:
        """Take an invitation of the actor's workspace back; NotFound where it has none such."""


@dataclass(frozen=True, slots=True)
class RevokeInvite:
    """The use case, with what it needs."""

    invites: Invites
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, invite_id: str) -> None:
        """Take an invitation back; NotFound."""
        done = event(actor, "invite.revoke", now=self.clock(), target_id=invite_id)
        await self.invites.remove(actor, invite_id, done)
