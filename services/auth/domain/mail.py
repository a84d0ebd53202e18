"""Mail that is to be sent: its link is made only when it is, so that no secret waits anywhere."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, count
from typing import Final

from services.auth.domain.account import Account
from services.auth.domain.email import Email
from services.auth.domain.link import LIFETIME_MILLISECONDS, LinkKind
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.origin import NOWHERE, Origin
from services.kernel.stop import Stop

# Of what is asked for again and again one mail goes out within this time: nobody's box is flooded.
WINDOW_MILLISECONDS: Final = 60 * 1000
# What happened longer ago is no news: nobody is mailed of it, however late it is reported.
NEWS_MILLISECONDS: Final = 7 * 24 * 3600 * 1000


class NoticeKind(StrEnum):
    """What a mail without a link tells of."""

    CONNECTION_STOP = "connection_stop"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, due from an instant on and pointless after another.

    `subject_id` is what its link is for; of a password reset it is empty: whether the address has
    an account is found out when the mail is sent. `attempts` counts who took it up to send it.
    `stop` is what it tells of, where it has no link.
    """

    mail_id: str
    kind: LinkKind | NoticeKind
    email: Email
    subject_id: str
    due: Instant
    expires: Instant
    attempts: int = 0
    origin: Origin = NOWHERE
    stop: Stop | None = None


def verification_mail(account: Account, *, now: Instant) -> Mail:
    """Make the mail by which an account's address is confirmed: as it is made, and asked again."""
    kind, user_id = LinkKind.VERIFY_EMAIL, account.user_id
    expires = now + LIFETIME_MILLISECONDS[kind]
    return Mail(_of_window(kind, user_id, now=now), kind, account.email, user_id, now, expires)


def reset_mail(email: Email, *, now: Instant, origin: Origin) -> Mail:
    """Make the mail that a forgotten password asks for, whether or not there is an account."""
    kind = LinkKind.RESET_PASSWORD
    expires = now + LIFETIME_MILLISECONDS[kind]
    return Mail(_of_window(kind, email, now=now), kind, email, "", now, expires, origin=origin)


def invite_mails(
    email: Email, workspace_id: WorkspaceId, invite_id: str, *, now: Instant
) -> Iterator[Mail]:
    """Make the mail of an invitation, for the present window and, due then, for each to come.

    Unlike a reset's it is not dropped where one has gone out within a window: its link is the one
    that stands.
    """
    kind = LinkKind.INVITE
    following = now - now % WINDOW_MILLISECONDS + WINDOW_MILLISECONDS
    for due in chain([now], count(following, WINDOW_MILLISECONDS)):
        mail_id = _of_window(kind, email, workspace_id, now=due)
        yield Mail(mail_id, kind, email, invite_id, due, due + LIFETIME_MILLISECONDS[kind])


def stop_mail(stop: Stop, owner_id: UserId, email: Email) -> Mail:
    """Make the one mail that tells an owner of a stop: the next stop's has another id."""
    kind, expires = NoticeKind.CONNECTION_STOP, stop.since + NEWS_MILLISECONDS
    mail_id = _of(kind, stop.stop_id, owner_id)
    return Mail(mail_id, kind, email, stop.connection_id, stop.since, expires, stop=stop)


def _of_window(kind: LinkKind, *about: str, now: Instant) -> str:
    """Make the id of the one mail of a kind about something that goes out within a window."""
    return _of(kind, *about, str(now // WINDOW_MILLISECONDS))


def _of(*what: str) -> str:
    one = "\n".join(what)
    return f"mail_{hashlib.sha256(one.encode()).hexdigest()}"
