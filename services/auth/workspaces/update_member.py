"""Giving a member another role."""

from dataclasses import dataclass
from functools import partial

from services.auth.domain.account import Membership
from services.auth.domain.roster import change_role
from services.auth.workspaces.changing_members import ChangingMembers
from services.kernel.audit import Actor
from services.kernel.ids import UserId
from services.kernel.membership import Role


@dataclass(frozen=True, slots=True)
class UpdateMember:
    """The use case, with what it needs."""

    changing: ChangingMembers

    async def __call__(self, actor: Actor, user_id: UserId, role: Role) -> Membership:
        """Give a member a role; NotFound, RoleInsufficient, ScopeInsufficient, LastOwner."""
        rule = partial(change_role, wanted=role)
        return await self.changing(actor, user_id, rule, action="member.update")
