"""What an operator does by hand: make a user of any tier, or move one's workspace to another."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from services.auth.domain.account import (
    Membership,
    Newcomer,
    PasswordHash,
    first_membership,
)
from services.auth.domain.email import Email
from services.auth.domain.password import check_length
from services.kernel.errors import EmailTaken
from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.membership import Tier


class Hasher(Protocol):
    """Makes of a password what may be kept."""

    async def hash(self, password: str) -> PasswordHash:
        """Hash a password."""


class Accounts(Protocol):
    """Keeps accounts."""

    async def find_by_email(self, email: Email) -> Membership | None:
        """Find an account in the workspace that signing in leads to."""

    async def add(self, membership: Membership) -> None:
        """Keep all of it or nothing; EmailTaken where the address has an account."""

    async def set_tier(self, workspace_id: WorkspaceId, tier: Tier) -> None:
        """Move a workspace to another tier."""


@dataclass(frozen=True, slots=True)
class CreateUser:
    """The use case, with what it needs; `ask` asks the operator for a password."""

    accounts: Accounts
    hasher: Hasher
    ask: Callable[[], str]
    clock: Callable[[], Instant]

    async def __call__(
        self, newcomer: Newcomer, *, tier: Tier | None, password: str | None
    ) -> Membership:
        """Make a user; where the address has an account, a tier alone moves its workspace.

        EmailTaken where it has one and more than the tier, or no tier, is given.
        """
        known = await self.accounts.find_by_email(newcomer.email)
        if known is None:
            return await self._create(replace(newcomer, tier=tier or Tier.FREE), password)
        if tier is None or password is not None:
            raise EmailTaken
        await self.accounts.set_tier(known.workspace.workspace_id, tier)
        return replace(known, workspace=replace(known.workspace, tier=tier))

    async def _create(self, newcomer: Newcomer, password: str | None) -> Membership:
        chosen = self.ask() if password is None else password
        check_length(chosen)
        membership = first_membership(
            newcomer,
            await self.hasher.hash(chosen),
            user_id=UserId(fresh("usr")),
            workspace_id=WorkspaceId(fresh("wsp")),
            now=self.clock(),
        )
        await self.accounts.add(membership)
        return membership
