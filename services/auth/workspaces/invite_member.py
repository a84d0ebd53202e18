"""Inviting somebody to a workspace, by their e-mail address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.audit.refusals import Inbox, noting_refusals
from services.auth.domain.email import Email
from services.auth.domain.invite import Invite, check_invite, check_room
from services.auth.domain.roster import Roster
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant, fresh
from services.kernel.membership import Role


class Invites(Protocol):
    """Keeps invitations."""

    async def add(
        self, actor: Actor, invite: Invite, check: Callable[[Roster, int], None], event: AuditEvent
    ) -> None:
        """Keep an invitation and its mail, in place of the address's last, if `check` lets it.

        It is told how many others stand.
        """


@dataclass(frozen=True, slots=True)
class InviteMember:
    """The use case, with what it needs."""

    invites: Invites
    inbox: Inbox
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, email: Email, role: Role) -> Invite:
        """Mail an invitation, and void the address's last.

        RoleInsufficient, ScopeInsufficient, EmailNotConfirmed, AlreadyMember, LimitReached.
        """
        now = self.clock()
        invite_id, workspace_id = fresh("inv"), actor.workspace_id
        invite = Invite(invite_id, workspace_id, email, role, actor.user_id, now)
        done = event(actor, "invite.create", now=now, target_id=invite_id, role=role.value)

        def check(roster: Roster, others: int) -> None:
            check_invite(roster, role)
            check_room(others)

        async with noting_refusals(self.inbox, done):
            await self.invites.add(actor, invite, check, done)
        return invite
