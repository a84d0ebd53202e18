"""Changing one's password: who knows the present one chooses another, and all else signs in again.

Whoever has only stolen a token cannot do it, nor guess the password by it: tries count as sign-ins.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from services.auth.accounts.attempts import Attempts, Try
from services.auth.accounts.commonest_passwords import commonest_passwords
from services.auth.domain.account import Account, PasswordHash
from services.auth.domain.email import known_by
from services.auth.domain.password import check_strength
from services.auth.domain.password_change import PasswordChange
from services.auth.domain.session import SessionId
from services.auth.sessions.telling import Tell
from services.kernel.audit import Actor
from services.kernel.errors import CredentialsInvalid, TokenInvalid, TokenStale
from services.kernel.ids import Instant, UserId
from services.kernel.revocation import Revocation


class Passwords(Protocol):
    """Checks and makes what is kept of passwords, for so many callers at once."""

    def place(self) -> AbstractAsyncContextManager[None]:
        """Hold a place while a password is dealt with; Overloaded where none is left."""

    async def matches(self, password: str, kept: PasswordHash | None) -> bool:
        """Tell whether they belong together; None never does, at the same cost."""

    async def hash(self, password: str) -> PasswordHash:
        """Hash a password."""


class People(Protocol):
    """Finds people."""

    async def find(self, user_id: UserId) -> Account | None:
        """Find an account."""


class Credentials(Protocol):
    """Keeps by what people prove who they are."""

    async def replace(self, change: PasswordChange) -> Sequence[Revocation]:
        """Replace a password and end its sessions; nothing where the account has changed since."""


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The use case, with what it needs."""

    people: People
    credentials: Credentials
    passwords: Passwords
    attempts: Attempts
    clock: Callable[[], Instant]
    tell: Tell

    async def __call__(self, actor: Actor, current: str, chosen: str) -> None:
        """Change the actor's password; their other sessions end, and this one must refresh once.

        CredentialsInvalid, TooManyAttempts, InvalidField, Overloaded.
        """
        account = await self.people.find(actor.user_id)
        if account is None:
            raise TokenInvalid("whoever this access token is for is not there any more")
        check_strength(chosen, commonest_passwords(), about=known_by(account.email))
        async with self.passwords.place():
            await self._check(account, current, actor)
            hashed = await self.passwords.hash(chosen)
        stays = SessionId(actor.session_id)
        change = PasswordChange(account, hashed, actor, self.clock(), stays=stays)
        revocations = await self.credentials.replace(change)
        if not revocations:
            raise TokenStale
        await self.tell(*revocations)

    async def _check(self, account: Account, current: str, actor: Actor) -> None:
        one = Try(account.email, actor.origin, account, "password.change")
        await self.attempts.begin(one)
        if not await self.passwords.matches(current, account.password):
            await self.attempts.failed(one)
            raise CredentialsInvalid
        await self.attempts.succeeded(one)
