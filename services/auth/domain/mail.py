"""Mail that is to be sent: its link is made only when it is, so that no secret waits anywhere."""

import hashlib
from dataclasses import dataclass
from typing import Final

from services.auth.domain.account import Account
from services.auth.domain.email import Email
from services.auth.domain.link import LIFETIME_MILLISECONDS, LinkKind
from services.kernel.ids import Instant, fresh
from services.kernel.origin import NOWHERE, Origin

# Of all requests for one address within this time one mail comes: nobody's box is flooded.
RESET_WINDOW_MILLISECONDS: Final = 60 * 1000


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with a link, due from an instant on and pointless after another.

    `subject_id` is what the link is for; of a password reset it is empty: whether the address has
    an account is found out when the mail is sent. `attempts` counts who took it up to send it.
    """

    mail_id: str
    kind: LinkKind
    email: Email
    subject_id: str
    due: Instant
    expires: Instant
    attempts: int = 0
    origin: Origin = NOWHERE


def mail_with_link(kind: LinkKind, email: Email, subject_id: str, *, now: Instant) -> Mail:
    """Make a mail whose link is for an account or an invitation; it is due at once."""
    expires = now + LIFETIME_MILLISECONDS[kind]
    return Mail(fresh("mail"), kind, email, subject_id, now, expires)


def verification_mail(account: Account) -> Mail:
    """Make the mail by which the address of an account that is made is confirmed."""
    return mail_with_link(
        LinkKind.VERIFY_EMAIL, account.email, account.user_id, now=account.created
    )


def reset_mail(email: Email, *, now: Instant, origin: Origin) -> Mail:
    """Make the mail that a forgotten password asks for, whether or not there is an account."""
    window = f"{LinkKind.RESET_PASSWORD}\n{email}\n{now // RESET_WINDOW_MILLISECONDS}"
    mail_id = f"mail_{hashlib.sha256(window.encode()).hexdigest()}"
    expires = now + LIFETIME_MILLISECONDS[LinkKind.RESET_PASSWORD]
    return Mail(mail_id, LinkKind.RESET_PASSWORD, email, "", now, expires, origin=origin)
