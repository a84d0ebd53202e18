"""Mailed links: whoever shows one proves to read the mail of an address; each works once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.auth.domain.session import Digest
from services.kernel.ids import Instant

_HOUR: Final = 3600 * 1000


class LinkKind(StrEnum):
    """What a link is for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind's name
    INVITE = "invite"


LIFETIME_MILLISECONDS: Final = {
    LinkKind.VERIFY_EMAIL: 7 * 24 * _HOUR,
    LinkKind.RESET_PASSWORD: _HOUR,
    LinkKind.INVITE: 7 * 24 * _HOUR,
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is kept: without its token. `subject_id`: an account's or an invitation's."""

    digest: Digest
    kind: LinkKind
    subject_id: str
    expires: Instant


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link that somebody showed: made by us and of this kind; whether it stands, a store knows.

    Links are recorded when they are made and forgotten when they are used: see store.links.
    """

    digest: Digest
    kind: LinkKind
    subject_id: str


def link_of(shown: ShownLink, *, now: Instant) -> Link:
    """Tell until when a link that is made now stands."""
    expires = now + LIFETIME_MILLISECONDS[shown.kind]
    return Link(shown.digest, shown.kind, shown.subject_id, expires)
