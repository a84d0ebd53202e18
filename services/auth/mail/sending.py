"""Sending what waits in the outbox: each mail by one process, again later where that failed."""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from services.auth.domain.account import Account
from services.auth.domain.admission import is_gone
from services.auth.domain.email import Email
from services.auth.domain.link import Link, LinkKind
from services.auth.domain.mail import Mail
from services.auth.mail.letters import Letter, letter_of, stop_letter
from services.auth.mail.minting import LinkMint
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import StoreUnavailable
from services.kernel.ids import Instant

# Longer than a delivery may take: no two processes send one mail.
LEASE_MILLISECONDS: Final = 120 * 1000
AT_ONCE: Final = 4
LONGEST_PAUSE_SECONDS: Final = 15 * 60.0
logger = structlog.get_logger()


class NotDelivered(Exception):
    """A server did not take a mail; `for_good` where it never will. `cause` says no address."""

    def __init__(self, cause: str, *, for_good: bool = False) -> None:
        super().__init__(cause)
        self.for_good = for_good


class Mails(Protocol):
    """The outbox."""

    async def claim(
        self, *, now: Instant, until: Instant, email: Email | None = None
    ) -> Mail | None:
        """Take up a mail that is due, until a lease runs out."""

    async def keep_link(self, mail: Mail, link: Link, events: Iterable[AuditEvent]) -> bool:
        """Keep the link of a mail; False where it was taken up by somebody else since."""

    async def holds(self, mail: Mail) -> bool:
        """Tell whether a mail is still whose who took it up."""

    async def mark_sent(self, mail: Mail, *, now: Instant) -> None:
        """Note that a mail needs no more sending."""

    async def put_off(self, mail: Mail, *, due: Instant) -> None:
        """Have a mail sent again later."""


class People(Protocol):
    """Finds people."""

    async def by_email(self, email: Email) -> Account | None:
        """Find an account by its address."""


class Delivery(Protocol):
    """Hands letters to whoever brings them."""

    async def __call__(self, letter: Letter) -> None:
        """Hand a letter over; NotDelivered."""


@dataclass(frozen=True, slots=True)
class SendMails:
    """Sends mails that are due; `base` is where links lead, `pause_seconds` the first of retries.

    Links are made here and nowhere else, so that no secret waits to be sent.
    """

    mails: Mails
    people: People
    mint: LinkMint
    deliver: Delivery
    clock: Callable[[], Instant]
    base: str
    pause_seconds: float

    async def __call__(self, email: Email | None = None) -> int:
        """Send some of what is due, a few at once; gives how many were taken up."""
        taken: list[Mail] = []
        while len(taken) < AT_ONCE and (mail := await self._claim(email)):
            taken.append(mail)
        await asyncio.gather(*(self._send(mail) for mail in taken))
        return len(taken)

    async def _claim(self, email: Email | None) -> Mail | None:
        now = self.clock()
        return await self.mails.claim(now=now, until=now + LEASE_MILLISECONDS, email=email)

    async def _send(self, mail: Mail) -> None:
        letter = await self._letter(mail)
        if letter is not None:
            try:
                await self.deliver(letter)
            except NotDelivered as failed:
                await self._failed(mail, failed)
                return
        await self.mails.mark_sent(mail, now=self.clock())

    async def _letter(self, mail: Mail) -> Letter | None:
        """Write a mail; None where it is for nobody, or somebody else's to send by now."""
        if mail.stop is not None:
            held = await self.mails.holds(mail)
            return stop_letter(mail, mail.stop, base=self.base) if held else None
        kind = LinkKind(mail.kind)
        subject_id, events = await self._subject(mail)
        if not subject_id:
            return None
        token, link = self.mint.mint(kind, subject_id, now=self.clock())
        kept = await self.mails.keep_link(mail, link, events)
        return letter_of(mail, kind, token, base=self.base) if kept else None

    async def _subject(self, mail: Mail) -> tuple[str, list[AuditEvent]]:
        """Tell whose link it is; nobody's where a password of no account was asked for."""
        if mail.kind is not LinkKind.RESET_PASSWORD:
            return mail.subject_id, []
        found = await self.people.by_email(mail.email)
        if found is None or is_gone(found, now=self.clock()):
            return "", []
        user_id = found.user_id
        if mail.attempts > 1:
            return user_id, []
        actor = Actor(user_id, found.workspace_id, origin=mail.origin)
        asked = event(actor, "password.reset_request", now=self.clock(), target_id=user_id)
        return user_id, [asked]

    async def _failed(self, mail: Mail, failed: NotDelivered) -> None:
        logger.warning(
            "a mail was not delivered",
            mail_id=mail.mail_id,
            kind=mail.kind.value,
            attempt=mail.attempts,
            problem=str(failed),
            for_good=failed.for_good,
        )
        if failed.for_good:
            await self.mails.mark_sent(mail, now=self.clock())
        else:
            await self.mails.put_off(mail, due=self.clock() + self._pause(mail.attempts))

    def _pause(self, attempts: int) -> int:
        """Tell how long to wait: twice as long each time, of which half is chance."""
        longest = min(self.pause_seconds * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE_SECONDS)
        return int(longest * random.uniform(0.5, 1.0) * 1000)


async def keep_sending(send: SendMails, poll_seconds: float) -> None:
    """Send what becomes due, until cancelled; one trouble does not end it."""
    while True:
        try:
            sent = await send()
        except StoreUnavailable:
            sent = 0
        except Exception as trouble:  # noqa: BLE001 - the loop must outlive what nobody foresaw
            # Its words may hold an address: where it was raised is enough to find it.
            logger.error("mails could not be sent", problem=type(trouble).__name__)  # noqa: TRY400
            sent = 0
        if not sent:
            await asyncio.sleep(poll_seconds)
