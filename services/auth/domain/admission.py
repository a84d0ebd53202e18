"""Letting somebody in who showed the right password: where to, and what is put right on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.auth.domain.account import Account, Membership, PasswordHash, Workspace
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Region, Role, Tier
from services.kernel.origin import Origin

FOUNDED_NAME = "Workspace"
FOUNDED_TIME_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody let in: the account as its password was checked, and what becomes of it.

    `founded`: the membership's workspace is made on the way. `password`: made anew where it was
    kept too cheaply. A deletion that was pending is taken back.
    """

    before: Account
    membership: Membership
    founded: bool
    events: tuple[AuditEvent, ...]
    password: PasswordHash | None = None


def is_gone(account: Account, *, now: Instant) -> bool:
    """Tell whether an account's deletion is final, erased or not yet."""
    return account.erased_from is not None and account.erased_from <= now


def admit(
    account: Account,
    memberships: Sequence[Membership],
    workspace_id: WorkspaceId,
    *,
    origin: Origin,
    now: Instant,
) -> Admission:
    """Tell where an account signs in to: where it last did, else where it has been the longest.

    Who is in no workspace founds an empty one, whose id is `workspace_id`.
    """
    back = replace(account, erased_from=None)
    founded = not memberships
    chosen = _found(back, workspace_id, now) if founded else _choose(account, memberships)
    actor = Actor(account.user_id, chosen.workspace.workspace_id, origin=origin)
    events = []
    if account.erased_from is not None:
        events.append(event(actor, "account.restore", now=now, target_id=account.user_id))
    if founded:
        added = event(
            actor, "member.add", now=now, target_id=account.user_id, role=chosen.role.value
        )
        events.append(added)
    settled = replace(back, workspace_id=chosen.workspace.workspace_id)
    return Admission(account, replace(chosen, account=settled), founded, tuple(events))


def _choose(account: Account, memberships: Sequence[Membership]) -> Membership:
    last = [one for one in memberships if one.workspace.workspace_id == account.workspace_id]
    return last[0] if last else min(memberships, key=lambda one: one.joined)


def _found(account: Account, workspace_id: WorkspaceId, now: Instant) -> Membership:
    workspace = Workspace(
        workspace_id, FOUNDED_NAME, FOUNDED_TIME_ZONE, Tier.FREE, now, region=Region.EU
    )
    return Membership(account, workspace, Role.OWNER, joined=now)
