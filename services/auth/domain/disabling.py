"""Keeping an account from signing in, and letting it again."""

from dataclasses import dataclass, replace

from services.auth.domain.account import Account
from services.kernel.audit import Action, Actor, AuditEvent, event
from services.kernel.ids import Instant
from services.kernel.revocation import Revocation


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What becomes of an account; what is noted with it, all or nothing.

    Where tokens are revoked all of the account's sessions end as well.
    """

    account: Account
    events: tuple[AuditEvent, ...] = ()
    revocations: tuple[Revocation, ...] = ()


def disable(account: Account, api_keys: int, *, actor: Actor, now: Instant) -> AccountChange:
    """Disable an account and end its tokens; `api_keys` that it made stand, and go on doing so."""
    if account.disabled:
        return AccountChange(account)
    changed = replace(account, disabled=True, version=account.version + 1)
    ending = Revocation(account.user_id, changed.version, now)
    noted = _noted("account.disable", account, api_keys, actor=actor, now=now)
    return AccountChange(changed, (noted,), (ending,))


def enable(account: Account, api_keys: int, *, actor: Actor, now: Instant) -> AccountChange:
    """Let an account sign in again; its old tokens stay ended."""
    if not account.disabled:
        return AccountChange(account)
    changed = replace(account, disabled=False)
    noted = _noted("account.enable", account, api_keys, actor=actor, now=now)
    return AccountChange(changed, (noted,))


def _noted(
    action: Action, account: Account, api_keys: int, *, actor: Actor, now: Instant
) -> AuditEvent:
    there = replace(actor, workspace_id=account.workspace_id)
    return event(there, action, now=now, target_id=account.user_id, api_keys=str(api_keys))
