"""Moving a workspace to another tier: operators do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from services.auth.domain.account import Workspace
from services.auth.domain.workspace import WorkspaceChange, move
from services.kernel.audit import Actor
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Tier


class Workspaces(Protocol):
    """Keeps workspaces."""

    async def change(
        self, workspace_id: WorkspaceId, decide: Callable[[Workspace], WorkspaceChange]
    ) -> WorkspaceChange:
        """Change a workspace as is decided by what it is then; NotFound where there is none."""


@dataclass(frozen=True, slots=True)
class SetTier:
    """The use case, with what it needs."""

    workspaces: Workspaces
    tell: Callable[..., Awaitable[None]]
    clock: Callable[[], Instant]
    note_activity: Callable[[WorkspaceId], None] = lambda _: None

    async def __call__(self, actor: Actor, workspace_id: WorkspaceId, tier: Tier) -> Workspace:
        """Move a workspace; tokens that say another tier hold no more; NotFound."""
        there = replace(actor, workspace_id=workspace_id)
        decide = partial(move, tier=tier, actor=there, now=self.clock())
        done = await self.workspaces.change(workspace_id, decide)
        await self.tell(*done.revocations)
        # Other services learn tiers with who is active.
        self.note_activity(workspace_id)
        return done.workspace
