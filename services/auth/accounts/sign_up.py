"""Signing up: an account, its first workspace and a session, all or nothing."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import (
    Membership,
    Newcomer,
    PasswordHash,
    first_membership,
)
from services.auth.domain.mail import Mail, verification_mail
from services.auth.domain.session import Beginning
from services.auth.sessions.granting import Grant, Granting
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.origin import Origin


class Hasher(Protocol):
    """Makes of a password what may be kept, for so many callers at once."""

    def place(self) -> AbstractAsyncContextManager[None]:
        """Hold a place while a password is dealt with; Overloaded where none is left."""

    async def hash(self, password: str) -> PasswordHash:
        """Hash a password."""


class Accounts(Protocol):
    """Keeps accounts."""

    async def add(
        self, membership: Membership, beginning: Beginning, *events: AuditEvent, mail: Mail
    ) -> None:
        """Keep all of it or nothing; EmailTaken where the address has an account."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """The use case, with what it needs."""

    accounts: Accounts
    hasher: Hasher
    granting: Granting
    clock: Callable[[], Instant]

    async def __call__(self, newcomer: Newcomer, password: str, origin: Origin) -> Grant:
        """Make an account, sign it in, have its address confirmed; EmailTaken, Overloaded."""
        async with self.hasher.place():
            hashed = await self.hasher.hash(password)
        now = self.clock()
        membership = first_membership(
            newcomer,
            hashed,
            user_id=UserId(fresh("usr")),
            workspace_id=WorkspaceId(fresh("wsp")),
            now=now,
        )
        grant, beginning = self.granting.begin(membership, now=now, origin=origin, by="sign_up")
        await self.accounts.add(
            membership,
            beginning,
            _created(membership, beginning, origin),
            mail=verification_mail(membership.account, now=now),
        )
        return grant


def _created(membership: Membership, beginning: Beginning, origin: Origin) -> AuditEvent:
    account = membership.account
    session = beginning.session
    actor = Actor(account.user_id, account.workspace_id, session.session_id, origin)
    return event(actor, "account.create", now=account.created, target_id=account.user_id)
