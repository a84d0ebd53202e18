"""Keeping a user from signing in, or letting them again: operators do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from services.auth.domain.account import Account
from services.auth.domain.disabling import AccountChange, disable, enable
from services.kernel.audit import Actor
from services.kernel.ids import Instant, UserId


class Accounts(Protocol):
    """Keeps whether accounts may sign in."""

    async def change(
        self,
        actor: Actor,
        user_id: UserId,
        decide: Callable[[Account, int], AccountChange],
        *,
        now: Instant,
    ) -> AccountChange:
        """Change an account as is decided by what it is then, and by how many API keys it made.

        NotFound where there is none.
        """


@dataclass(frozen=True, slots=True)
class DisableUser:
    """The use case, with what it needs."""

    accounts: Accounts
    tell: Callable[..., Awaitable[None]]
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, user_id: UserId, *, enabled: bool) -> Account:
        """Disable an account and end all its sessions, or enable it; NotFound."""
        rule = enable if enabled else disable
        now = self.clock()
        decide = partial(rule, actor=actor, now=now)
        done = await self.accounts.change(actor, user_id, decide, now=now)
        await self.tell(*done.revocations)
        return done.account
