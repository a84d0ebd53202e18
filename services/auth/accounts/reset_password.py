"""A forgotten password: a link is mailed, and whoever follows it chooses another password."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from services.auth.accounts.attempts import Attempts
from services.auth.accounts.change_password import Credentials, People
from services.auth.accounts.commonest_passwords import commonest_passwords
from services.auth.audit.refusals import noting_refusals
from services.auth.domain.account import Account, PasswordHash
from services.auth.domain.admission import is_gone
from services.auth.domain.email import Email, known_by
from services.auth.domain.link import LinkKind, ShownLink
from services.auth.domain.mail import Mail, reset_mail
from services.auth.domain.password import check_strength
from services.auth.domain.password_change import PasswordChange
from services.auth.mail.minting import LinkMint
from services.auth.sessions.telling import Tell
from services.kernel.audit import Actor, event
from services.kernel.errors import LinkInvalid
from services.kernel.ids import Instant, UserId
from services.kernel.origin import Origin


class Hasher(Protocol):
    """Makes what is kept of passwords, for so many callers at once."""

    def place(self) -> AbstractAsyncContextManager[None]:
        """Hold a place while a password is dealt with; Overloaded where none is left."""

    async def hash(self, password: str) -> PasswordHash:
        """Hash a password."""


class Outbox(Protocol):
    """Takes mail that is to be sent."""

    async def add(self, mail: Mail) -> None:
        """Note a mail, unless one of its id is noted."""


@dataclass(frozen=True, slots=True)
class RequestPasswordReset:
    """The use case, with what it needs."""

    outbox: Outbox
    clock: Callable[[], Instant]

    async def __call__(self, email: Email, origin: Origin) -> None:
        """Have a link mailed; whether there is an account is not even looked at here."""
        await self.outbox.add(reset_mail(email, now=self.clock(), origin=origin))


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """The use case, with what it needs."""

    people: People
    credentials: Credentials
    hasher: Hasher
    mint: LinkMint
    attempts: Attempts
    clock: Callable[[], Instant]
    tell: Tell

    async def __call__(self, token: str, chosen: str, origin: Origin) -> None:
        """Replace a password and end all sessions; LinkInvalid, InvalidField, Overloaded.

        Whoever is the first to show that they read the address's mail takes the account over
        without what its maker may have left behind: keys and invitations end, too.
        """
        link = self.mint.open(token, LinkKind.RESET_PASSWORD)
        account = await self._find(link)
        check_strength(chosen, commonest_passwords(), about=known_by(account.email))
        async with self.hasher.place():
            hashed = await self.hasher.hash(chosen)
        actor, now = Actor(account.user_id, account.workspace_id, origin=origin), self.clock()
        change = PasswordChange(account, hashed, actor, now, link=link)
        tried = event(actor, change.action, now=now, target_id=account.user_id)
        async with noting_refusals(self.attempts.inbox, tried, of=(LinkInvalid,)):
            revocations = await self.credentials.replace(change)
            if not revocations:
                raise LinkInvalid
        await self.attempts.forgive(account.email, origin)
        await self.tell(*revocations)

    async def _find(self, link: ShownLink) -> Account:
        account = await self.people.find(UserId(link.subject_id))
        if account is None or is_gone(account, now=self.clock()):
            raise LinkInvalid
        return account
