"""Who may make whom what in a workspace, and that somebody always owns it.

Whoever deals with others' roles is an admin, and with owners an owner: so nobody gives a role that
they do not have. A machine gives none that opens more than its scopes do.
"""

from dataclasses import dataclass, replace

from services.auth.domain.account import Membership
from services.auth.domain.api_key import check_given, opened_by
from services.auth.domain.revocation import member_subject
from services.kernel.audit import Action, Actor, AuditEvent, event
from services.kernel.errors import LastOwner, NotFound, RoleInsufficient, TokenInvalid
from services.kernel.ids import Instant
from services.kernel.membership import Role, Scope
from services.kernel.revocation import Revocation


@dataclass(frozen=True, slots=True)
class Giver:
    """Whoever deals with others' roles; `scopes` of a machine, None of a person.

    `confirmed`: whether a person's e-mail address is; for a machine, that of any owner who counts.
    """

    role: Role
    scopes: frozenset[Scope] | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """What a change is judged by, read within the transaction that makes it.

    `giver` is whoever asks, and None where they are not in the workspace any more, or do not count:
    their account is disabled or about to be erased. `others_own`: whether the workspace has an
    owner who counts, beside the member. `api_keys`: how many of the workspace's keys that stand
    were made by the member.
    """

    giver: Giver | None
    member: Membership | None
    others_own: bool
    api_keys: int = 0


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What becomes of a member; what is noted with it, all or nothing."""

    member: Membership
    stays: bool
    events: tuple[AuditEvent, ...] = ()
    revocations: tuple[Revocation, ...] = ()


def check_giver(giver: Giver | None, *roles: Role) -> Giver:
    """Refuse, as RoleInsufficient, who may not deal with members of such roles."""
    needed = Role.OWNER if Role.OWNER in roles else Role.ADMIN
    if giver is None or not giver.role.covers(needed):
        raise RoleInsufficient(needed.value)
    return giver


def check_giving(giver: Giver | None, role: Role, before: Role = Role.VIEWER) -> Giver:
    """Refuse who may not give a role in place of another; RoleInsufficient, ScopeInsufficient."""
    may = check_giver(giver, role, before)
    check_given(opened_by(role), may.scopes)
    return may


def change_role(roster: Roster, wanted: Role, *, actor: Actor, now: Instant) -> MemberChange:
    """Give a member another role; NotFound, RoleInsufficient, ScopeInsufficient, LastOwner."""
    member = _present(roster)
    check_giving(roster.giver, wanted, member.role)
    if wanted is member.role:
        return MemberChange(member, stays=True)
    _keep_an_owner(roster, member)
    changed = replace(member, role=wanted, version=member.version + 1)
    noted = event(
        actor,
        "member.update",
        now=now,
        target_id=member.account.user_id,
        role=wanted.value,
        role_before=member.role.value,
    )
    return MemberChange(changed, True, (noted,), (_ending(changed, now),))


def remove(roster: Roster, *, actor: Actor, now: Instant) -> MemberChange:
    """Take a member out; NotFound, RoleInsufficient, LastOwner."""
    member = _present(roster)
    check_giver(roster.giver, member.role)
    return _gone(roster, member, _departure("member.remove", roster, member, actor=actor, now=now))


def leave(roster: Roster, *, actor: Actor, now: Instant) -> MemberChange:
    """Take whoever asks out; TokenInvalid where they are not in, LastOwner."""
    member = roster.member
    if member is None:
        raise TokenInvalid("whoever this access token is for is not in its workspace any more")
    return _gone(roster, member, _departure("member.leave", roster, member, actor=actor, now=now))


def _departure(
    action: Action, roster: Roster, member: Membership, *, actor: Actor, now: Instant
) -> AuditEvent:
    """Tell who goes, and how many keys of theirs stay behind: those outlive their maker."""
    user_id, role, keys = member.account.user_id, member.role.value, str(roster.api_keys)
    return event(actor, action, now=now, target_id=user_id, role=role, api_keys=keys)


def _present(roster: Roster) -> Membership:
    if roster.member is None:
        raise NotFound("member")
    return roster.member


def _gone(roster: Roster, member: Membership, noted: AuditEvent) -> MemberChange:
    _keep_an_owner(roster, member)
    ended = replace(member, version=member.version + 1)
    return MemberChange(ended, False, (noted,), (_ending(ended, noted.occurred),))


def _keep_an_owner(roster: Roster, member: Membership) -> None:
    if member.role is Role.OWNER and not roster.others_own:
        raise LastOwner(member.workspace.workspace_id)


def _ending(member: Membership, now: Instant) -> Revocation:
    """End the tokens of a membership's older versions."""
    subject = member_subject(member.workspace.workspace_id, member.account.user_id)
    return Revocation(subject, member.version, now)
