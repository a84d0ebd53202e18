"""Signing out everywhere: all of a person's sessions end, in every workspace."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.sessions.telling import Tell
from services.kernel.audit import Actor
from services.kernel.ids import Instant
from services.kernel.revocation import Revocation


class Sessions(Protocol):
    """Keeps sessions."""

    async def end_all(self, actor: Actor, *, now: Instant) -> Revocation:
        """End all of a person's sessions; gives what ends their access tokens."""


@dataclass(frozen=True, slots=True)
class EndAllSessions:
    """The use case, with what it needs."""

    sessions: Sessions
    clock: Callable[[], Instant]
    tell: Tell

    async def __call__(self, actor: Actor) -> None:
        """End all of the actor's sessions."""
        await self.tell(await self.sessions.end_all(actor, now=self.clock()))
