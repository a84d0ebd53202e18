"""Leaving a workspace."""

from dataclasses import dataclass

from services.auth.domain.roster import leave
from services.auth.workspaces.changing_members import ChangingMembers
from services.kernel.audit import Actor


@dataclass(frozen=True, slots=True)
class LeaveWorkspace:
    """The use case, with what it needs."""

    changing: ChangingMembers

    async def __call__(self, actor: Actor) -> None:
        """Take the caller out and end their sessions there; LastOwner."""
        await self.changing(actor, actor.user_id, leave, action="member.leave")
