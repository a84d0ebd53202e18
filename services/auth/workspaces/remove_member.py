"""Taking a member out of a workspace."""

from dataclasses import dataclass

from services.auth.domain.roster import remove
from services.auth.workspaces.changing_members import ChangingMembers
from services.kernel.audit import Actor
from services.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """The use case, with what it needs."""

    changing: ChangingMembers

    async def __call__(self, actor: Actor, user_id: UserId) -> None:
        """Take a member out and end their sessions there; NotFound, RoleInsufficient, LastOwner."""
        await self.changing(actor, user_id, remove, action="member.remove")
