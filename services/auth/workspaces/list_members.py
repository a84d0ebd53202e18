"""Listing who belongs to a workspace."""

from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import Membership
from services.auth.domain.page import Page, Rows
from services.kernel.ids import WorkspaceId


class Members(Protocol):
    """Finds members."""

    async def page(self, workspace_id: WorkspaceId, page: Page) -> Rows[Membership]:
        """Give a page of a workspace's members, by when they joined."""


@dataclass(frozen=True, slots=True)
class ListMembers:
    """The use case, with what it needs."""

    members: Members

    async def __call__(self, workspace_id: WorkspaceId, page: Page) -> Rows[Membership]:
        """Give a page of the members."""
        return await self.members.page(workspace_id, page)
