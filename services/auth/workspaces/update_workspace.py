"""Changing a workspace's name or time zone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from services.auth.domain.account import Workspace
from services.auth.domain.workspace import Wishes, WorkspaceChange, update
from services.kernel.audit import Actor
from services.kernel.ids import Instant, WorkspaceId


class Workspaces(Protocol):
    """Keeps workspaces."""

    async def change(
        self,
        workspace_id: WorkspaceId,
        decide: Callable[[Workspace], WorkspaceChange],
        *,
        member: Actor,
    ) -> WorkspaceChange:
        """Change a workspace as is decided by what it is then; NotFound, TokenStale."""


@dataclass(frozen=True, slots=True)
class UpdateWorkspace:
    """The use case, with what it needs."""

    workspaces: Workspaces
    tell: Callable[..., Awaitable[None]]
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, wishes: Wishes) -> Workspace:
        """Change the actor's workspace; tokens that say another time zone hold no more."""
        decide = partial(update, wishes=wishes, actor=actor, now=self.clock())
        done = await self.workspaces.change(actor.workspace_id, decide, member=actor)
        await self.tell(*done.revocations)
        return done.workspace
