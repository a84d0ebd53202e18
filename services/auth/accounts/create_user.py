"""What operators do: make a user of any tier, or move the workspace of one that there is."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from services.auth.domain.account import (
    Membership,
    Newcomer,
    PasswordHash,
    Workspace,
    first_membership,
)
from services.auth.domain.email import Email
from services.auth.domain.mail import Mail, verification_mail
from services.auth.domain.password import check_length
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import EmailTaken
from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.membership import Tier


class Hasher(Protocol):
    """Makes of a password what may be kept, for so many callers at once."""

    def place(self) -> AbstractAsyncContextManager[None]:
        """Hold a place while a password is dealt with; Overloaded where none is left."""

    async def hash(self, password: str) -> PasswordHash:
        """Hash a password."""


class Accounts(Protocol):
    """Keeps accounts."""

    async def find_by_email(self, email: Email) -> Membership | None:
        """Find an account in the workspace that signing in leads to."""

    async def add(
        self, membership: Membership, beginning: None, *events: AuditEvent, mail: Mail
    ) -> None:
        """Keep all of it or nothing; EmailTaken where the address has an account."""


@dataclass(frozen=True, slots=True)
class CreateUser:
    """The use case, with what it needs."""

    accounts: Accounts
    hasher: Hasher
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, newcomer: Newcomer, password: str) -> Membership:
        """Make a user who owns a workspace, and have their address confirmed.

        EmailTaken, InvalidField, Overloaded.
        """
        check_length(password)
        async with self.hasher.place():
            hashed = await self.hasher.hash(password)
        membership = first_membership(
            newcomer,
            hashed,
            user_id=UserId(fresh("usr")),
            workspace_id=WorkspaceId(fresh("wsp")),
            now=self.clock(),
        )
        account = membership.account
        there = replace(actor, workspace_id=account.workspace_id)
        made = event(there, "account.create", now=account.created, target_id=account.user_id)
        mail = verification_mail(account, now=account.created)
        await self.accounts.add(membership, None, made, mail=mail)
        return membership


@dataclass(frozen=True, slots=True)
class CreateOrMove:
    """What the command does, with what it needs; `ask` asks the operator for a password."""

    accounts: Accounts
    create: CreateUser
    move: Callable[[Actor, WorkspaceId, Tier], Awaitable[Workspace]]
    ask: Callable[[], str]

    async def __call__(
        self, actor: Actor, newcomer: Newcomer, *, tier: Tier | None, password: str | None
    ) -> Membership:
        """Make a user; where the address has an account, a tier alone moves its workspace.

        EmailTaken where it has one and more than the tier, or no tier, is given.
        """
        known = await self.accounts.find_by_email(newcomer.email)
        if known is None:
            chosen = self.ask() if password is None else password
            return await self.create(actor, replace(newcomer, tier=tier or Tier.FREE), chosen)
        if tier is None or password is not None:
            raise EmailTaken
        moved = await self.move(actor, known.workspace.workspace_id, tier)
        return replace(known, workspace=moved)
