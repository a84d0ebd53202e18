"""Listing a workspace's keys for machines."""

from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.api_key import ApiKey
from services.auth.domain.page import Page, Rows
from services.kernel.ids import WorkspaceId


class Keys(Protocol):
    """Finds API keys."""

    async def page(self, workspace_id: WorkspaceId, page: Page) -> Rows[ApiKey]:
        """Give a page of a workspace's keys that were not revoked, by when they were made."""


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    """The use case, with what it needs."""

    keys: Keys

    async def __call__(self, workspace_id: WorkspaceId, page: Page) -> Rows[ApiKey]:
        """Give a page of the keys."""
        return await self.keys.page(workspace_id, page)
