"""Deleting an account: every session ends now, what is held of the person later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.auth.domain.account import Account
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import LastOwner, TokenInvalid
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.revocation import Revocation

# For so long signing in takes it back.
GRACE_MILLISECONDS: Final = 14 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a deletion is judged by, read within the transaction that makes it.

    `ownerless`: the workspaces in which others would be left and nobody would own them.
    """

    account: Account | None
    ownerless: Sequence[WorkspaceId]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What becomes of an account, and what is noted with it."""

    account: Account
    revocation: Revocation
    event: AuditEvent


def deletion_of(leaving: Leaving, *, actor: Actor, now: Instant) -> Deletion:
    """Delete an account, to be erased after its grace; LastOwner names what it must not leave."""
    account = leaving.account
    if account is None:
        raise TokenInvalid("whoever this access token is for is not here any more")
    if leaving.ownerless:
        raise LastOwner(*leaving.ownerless)
    after = replace(account, version=account.version + 1, erased_from=now + GRACE_MILLISECONDS)
    return Deletion(
        after,
        Revocation(account.user_id, after.version, now),
        event(actor, "account.delete", now=now, target_id=account.user_id),
    )
