"""Signing in: an unknown address costs what a wrong password costs, and is answered alike."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import Membership, PasswordHash
from services.auth.domain.email import Email
from services.auth.domain.session import Beginning
from services.auth.sessions.granting import Grant, Granting
from services.kernel.errors import CredentialsInvalid
from services.kernel.ids import Instant
from services.kernel.origin import Origin


class Checker(Protocol):
    """Holds passwords against what is kept of them, for so many callers at once."""

    def place(self) -> AbstractContextManager[None]:
        """Hold a place while a password is dealt with; Overloaded where none is left."""

    async def matches(self, password: str, kept: PasswordHash | None) -> bool:
        """Tell whether they belong together; None never does, at the same cost."""


class Accounts(Protocol):
    """Finds accounts."""

    async def find_by_email(self, email: Email) -> Membership | None:
        """Find an account in the workspace that signing in leads to."""


class Sessions(Protocol):
    """Keeps sessions."""

    async def begin(self, beginning: Beginning) -> None:
        """Keep a session, its first token and its event."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """The use case, with what it needs."""

    accounts: Accounts
    sessions: Sessions
    checker: Checker
    granting: Granting
    clock: Callable[[], Instant]

    async def __call__(self, email: Email, password: str, origin: Origin) -> Grant:
        """Sign in; CredentialsInvalid, Overloaded."""
        with self.checker.place():
            membership = await self.accounts.find_by_email(email)
            kept = membership.account.password if membership else None
            matches = await self.checker.matches(password, kept)
        if membership is None or not matches:
            raise CredentialsInvalid
        grant, beginning = self.granting.begin(membership, now=self.clock(), origin=origin)
        await self.sessions.begin(beginning)
        return grant
