"""Telling callers of the workspace that their token is for."""

from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import Workspace
from services.kernel.errors import NotFound
from services.kernel.ids import WorkspaceId


class Workspaces(Protocol):
    """Finds workspaces."""

    async def find(self, workspace_id: WorkspaceId) -> Workspace | None:
        """Find a workspace."""


@dataclass(frozen=True, slots=True)
class GetWorkspace:
    """The use case, with what it needs."""

    workspaces: Workspaces

    async def __call__(self, workspace_id: WorkspaceId) -> Workspace:
        """Find a workspace as it is now; NotFound where it was erased since."""
        workspace = await self.workspaces.find(workspace_id)
        if workspace is None:
            raise NotFound("workspace")
        return workspace
