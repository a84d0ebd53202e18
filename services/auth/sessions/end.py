"""Ending a session: one's own by signing out, or another one of one's sessions from a list."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.revocation import ended
from services.auth.domain.session import SessionId
from services.auth.sessions.telling import Tell
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import NotFound
from services.kernel.ids import Instant, UserId
from services.kernel.revocation import Revocation


class Sessions(Protocol):
    """Keeps sessions."""

    async def end(
        self, session_id: SessionId, user_id: UserId, *, revocation: Revocation, event: AuditEvent
    ) -> bool:
        """End a person's session; False where none stands."""


@dataclass(frozen=True, slots=True)
class EndSession:
    """The use case, with what it needs."""

    sessions: Sessions
    clock: Callable[[], Instant]
    tell: Tell

    async def __call__(self, session_id: SessionId, actor: Actor) -> None:
        """End one of a person's sessions; NotFound where it is not theirs or has ended."""
        now = self.clock()
        revocation = ended(session_id, now=now)
        seen = event(actor, "session.end", now=now, target_id=session_id)
        ends = self.sessions.end(session_id, actor.user_id, revocation=revocation, event=seen)
        if not await ends:
            raise NotFound("session")
        await self.tell(revocation)


@dataclass(frozen=True, slots=True)
class SignOut:
    """The use case, with what it needs."""

    ending: EndSession

    async def __call__(self, actor: Actor) -> None:
        """End the actor's own session; one that has ended meanwhile is as they want it."""
        with suppress(NotFound):
            await self.ending(SessionId(actor.session_id), actor)
