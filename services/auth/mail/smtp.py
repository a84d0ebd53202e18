"""Handing letters to an SMTP server (RFC 5321), over TLS unless it is on this machine."""

import asyncio
import ipaddress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from email_validator import validate_email

from services.auth.mail.letters import Letter
from services.auth.mail.sending import NotDelivered
from services.auth.settings import SmtpSettings

PERMANENT: Final = 500
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Smtp:
    """A server to hand letters to, within a deadline."""

    host: str
    port: int
    sender: str
    seconds: float
    from_start: bool
    upgraded: bool | None
    username: str | None = field(repr=False)
    password: str | None = field(repr=False)

    async def __call__(self, letter: Letter) -> None:
        """Hand a letter over; NotDelivered."""
        try:
            # The library's own timeout is one for each answer: a server may dawdle over many.
            async with asyncio.timeout(self.seconds):
                await self._hand_over(letter)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            for_good = all(one.code >= PERMANENT for one in refused.recipients)
            raise NotDelivered("the recipient is refused", for_good=for_good) from None
        except aiosmtplib.SMTPDataError as refused:
            for_good = refused.code >= PERMANENT
            raise NotDelivered(f"refused with {refused.code}", for_good=for_good) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as failed:
            raise NotDelivered(type(failed).__name__) from None

    async def _hand_over(self, letter: Letter) -> None:
        await aiosmtplib.send(
            self._message(letter),
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            timeout=self.seconds,
            use_tls=self.from_start,
            start_tls=self.upgraded,
        )

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = ascii_address(letter.mail.email)
        message["Subject"] = letter.subject
        message["Date"] = formatdate(letter.mail.due / 1000)
        host = parseaddr(self.sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{letter.mail.mail_id}@{host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


def smtp_of(settings: SmtpSettings) -> Smtp | None:
    """Give the server that settings name; None where they name none."""
    if settings.url is None:
        return None
    parts = urlsplit(settings.url.get_secret_value())
    host = parts.hostname or ""
    return Smtp(
        host=host,
        port=parts.port or _PORTS[parts.scheme],
        sender=settings.sender,
        seconds=settings.timeout_seconds,
        from_start=parts.scheme == "smtps",
        upgraded=None if parts.scheme == "smtps" or on_this_machine(host) else True,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def on_this_machine(host: str) -> bool:
    """Tell whether a server is here, so that nobody can listen on the way."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ascii_address(email: str) -> str:
    """Write an address as every mail server understands it."""
    return validate_email(email, check_deliverability=False).ascii_email or email
