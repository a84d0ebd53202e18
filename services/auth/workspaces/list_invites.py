"""Listing a workspace's invitations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.invite import Invite
from services.auth.domain.page import Page, Rows
from services.kernel.ids import Instant, WorkspaceId


class Invites(Protocol):
    """Finds invitations."""

    async def page(self, workspace_id: WorkspaceId, page: Page, *, now: Instant) -> Rows[Invite]:
        """Give a page of a workspace's invitations that stand, by when they were made."""


@dataclass(frozen=True, slots=True)
class ListInvites:
    """The use case, with what it needs."""

    invites: Invites
    clock: Callable[[], Instant]

    async def __call__(self, workspace_id: WorkspaceId, page: Page) -> Rows[Invite]:
        """Give a page of the invitations that can still be accepted."""
        return await self.invites.page(workspace_id, page, now=self.clock())
