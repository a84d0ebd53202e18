"""Showing people where they are signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.page import Page, Rows
from services.auth.domain.session import Session
from services.kernel.ids import Instant, UserId


class Sessions(Protocol):
    """Keeps sessions."""

    async def page(self, user_id: UserId, page: Page, *, now: Instant) -> Rows[Session]:
        """List a person's sessions that stand, the last used first."""


@dataclass(frozen=True, slots=True)
class ListSessions:
    """The use case, with what it needs."""

    sessions: Sessions
    clock: Callable[[], Instant]

    async def __call__(self, user_id: UserId, page: Page) -> Rows[Session]:
        """List a person's sessions that stand, in every workspace, the last used first."""
        return await self.sessions.page(user_id, page, now=self.clock())
