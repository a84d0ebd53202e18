"""Changing how one is shown to others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.accounts.get_me import GetMe, Place
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant


class People(Protocol):
    """Keeps people."""

    async def rename(self, actor: Actor, display_name: str, event: AuditEvent) -> None:
        """Change how the actor is shown; TokenStale."""


@dataclass(frozen=True, slots=True)
class UpdateMe:
    """The use case, with what it needs."""

    people: People
    get_me: GetMe
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, display_name: str | None) -> Place:
        """Change what is given; TokenInvalid where the caller is no member any more."""
        place = await self.get_me(actor.user_id, actor.workspace_id)
        if display_name is None or display_name == place.here.account.display_name:
            return place
        renamed = event(actor, "account.update", now=self.clock(), target_id=actor.user_id)
        await self.people.rename(actor, display_name, renamed)
        return await self.get_me(actor.user_id, actor.workspace_id)
