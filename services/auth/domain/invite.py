"""Invitations to a workspace: for one e-mail address, once, for seven days."""

from dataclasses import dataclass, replace
from typing import Final

from services.auth.domain.account import Account, Membership, Workspace
from services.auth.domain.email import Email
from services.auth.domain.roster import Giver, Roster, check_giving
from services.kernel.audit import AuditEvent
from services.kernel.errors import (
    AlreadyMember,
    EmailNotConfirmed,
    LimitReached,
    LinkInvalid,
    RoleInsufficient,
    ScopeInsufficient,
)
from services.kernel.ids import Instant, WorkspaceId, fresh
from services.kernel.membership import Role

INVITE_MILLISECONDS: Final = 7 * 24 * 3600 * 1000
# So many of a workspace's invitations can stand at a time: a team is invited at once, and nobody
# writes to a city through us.
MOST_INVITES: Final = 200


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation; `inviter_id` is a person's or a key's."""

    invite_id: str
    workspace_id: WorkspaceId
    email: Email
    role: Role
    inviter_id: str
    created: Instant

    @property
    def expires(self) -> Instant:
        """The instant from which on it can be accepted no more."""
        return self.created + INVITE_MILLISECONDS


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What an acceptance is judged by, read within the transaction that makes the member.

    `inviter` is whoever invited as they are now, and None where they are gone. `others_own`:
    whether somebody owns the workspace, beside who joins.
    """

    invite: Invite
    account: Account
    workspace: Workspace
    inviter: Giver | None
    is_member: bool
    others_own: bool


def check_invite(roster: Roster, role: Role) -> None:
    """Refuse to invite a person to a role.

    RoleInsufficient, ScopeInsufficient, EmailNotConfirmed, AlreadyMember. Whoever has us write to
    strangers reads the mail of the address that we would write in the name of.
    """
    giver = check_giving(roster.giver, role)
    if not giver.confirmed:
        raise EmailNotConfirmed
    if roster.member is not None:
        raise AlreadyMember


def voiding(created: AuditEvent, last: Invite) -> tuple[AuditEvent, ...]:
    """Make the event of an invitation that is void as another one is made, if it stood."""
    if created.occurred >= last.expires:
        return ()
    details = {"by": created.action}
    void = replace(created, action="invite.revoke", target_id=last.invite_id, details=details)
    return (replace(void, event_id=fresh("evt")),)


def check_room(others: int) -> None:
    """Refuse, as LimitReached, an invitation where so many others stand as may."""
    if others >= MOST_INVITES:
        raise LimitReached("open invitations", MOST_INVITES)


def accepted(acceptance: Acceptance, *, now: Instant) -> Membership:
    """Make a member of who was invited; LinkInvalid, AlreadyMember.

    An invitation is worth what its inviter may give when it is accepted: who was removed or lowered
    cannot come back, or lift others, by one that was sent before. Nor does anybody join a workspace
    that no owner stays in: it is erased with the last one, or has nobody who answers for it.
    """
    invite, account = acceptance.invite, acceptance.account
    if invite.email != account.email or now >= invite.expires:
        raise LinkInvalid
    try:
        check_giving(acceptance.inviter, invite.role)
    except (RoleInsufficient, ScopeInsufficient) as gone:
        raise LinkInvalid from gone
    if acceptance.is_member:
        raise AlreadyMember
    if not acceptance.others_own:
        raise LinkInvalid
    return Membership(account, acceptance.workspace, invite.role, joined=now)
