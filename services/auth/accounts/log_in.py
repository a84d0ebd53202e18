"""Signing in: an unknown address costs what a wrong password costs, and is answered alike."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from services.auth.accounts.attempts import Attempts, Try
from services.auth.domain.account import Account, Membership, PasswordHash
from services.auth.domain.admission import Admission, admit, is_gone
from services.auth.domain.email import Email
from services.auth.domain.session import Beginning
from services.auth.sessions.granting import Grant, Granting
from services.auth.sessions.telling import Tell
from services.kernel.errors import AccountDisabled, CredentialsInvalid, TooManyAttempts
from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.origin import Origin
from services.kernel.revocation import Revocation


class Checker(Protocol):
    """Holds passwords against what is kept of them, for so many callers at once."""

    def place(self) -> AbstractAsyncContextManager[None]:
        """Hold a place while a password is dealt with; Overloaded where none is left."""

    async def matches(self, password: str, kept: PasswordHash | None) -> bool:
        """Tell whether they belong together; None never does, at the same cost."""

    async def renewed(self, password: str, kept: PasswordHash) -> PasswordHash | None:
        """Hash a password anew that is kept too cheaply; None where it is kept well."""


class People(Protocol):
    """Keeps people."""

    async def by_email(self, email: Email) -> Account | None:
        """Find an account by its address, at one cost whether or not there is one."""

    async def memberships(self, user_id: UserId) -> Sequence[Membership]:
        """Give a person's place in every workspace that they are a member of."""

    async def admit(
        self, admission: Admission, beginning: Beginning, *, now: Instant
    ) -> Sequence[Revocation] | None:
        """Keep a session of somebody let in; None where they have changed since.

        Gives what ends the tokens of sessions that there is no room for beside it.
        """


@dataclass(frozen=True, slots=True)
class LogIn:
    """The use case, with what it needs."""

    people: People
    checker: Checker
    attempts: Attempts
    granting: Granting
    clock: Callable[[], Instant]
    blur: Callable[[], Awaitable[None]]
    tell: Tell

    async def __call__(self, email: Email, password: str, origin: Origin) -> Grant:
        """Sign in; CredentialsInvalid, TooManyAttempts, AccountDisabled, Overloaded."""
        try:
            return await self._sign_in(email, password, origin)
        except (CredentialsInvalid, TooManyAttempts):
            await self.blur()
            raise

    async def _sign_in(self, email: Email, password: str, origin: Origin) -> Grant:
        async with self.checker.place():
            account = await self._find(email)
            one = Try(email, origin, account, "session.refuse")
            await self.attempts.begin(one)
            kept = account.password if account else None
            matches = await self.checker.matches(password, kept)
            if account is None or not matches:
                await self.attempts.failed(one)
                raise CredentialsInvalid
            await self.attempts.succeeded(one)
            if account.disabled:
                refused = one.refused(AccountDisabled.reason, now=self.clock())
                await self.attempts.inbox.refuse(refused)
                raise AccountDisabled
            anew = await self.checker.renewed(password, account.password)
        return await self._let_in(account, anew, origin)

    async def _find(self, email: Email) -> Account | None:
        account = await self.people.by_email(email)
        return None if account is None or is_gone(account, now=self.clock()) else account

    async def _let_in(
        self, account: Account, password: PasswordHash | None, origin: Origin
    ) -> Grant:
        now = self.clock()
        memberships = await self.people.memberships(account.user_id)
        founding = WorkspaceId(fresh("wsp"))
        admission = replace(
            admit(account, memberships, founding, origin=origin, now=now), password=password
        )
        grant, beginning = self.granting.begin(admission.membership, now=now, origin=origin)
        revocations = await self.people.admit(admission, beginning, now=now)
        if revocations is None:
            raise CredentialsInvalid
        await self.tell(*revocations)
        return grant
