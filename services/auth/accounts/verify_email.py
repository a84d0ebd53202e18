"""Confirming an e-mail address: whoever follows the mailed link reads its mail.

The link that signing up has mailed may be lost or have passed: another one can be asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.link import LinkKind, ShownLink
from services.auth.mail.minting import LinkMint
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant
from services.kernel.origin import Origin


class Credentials(Protocol):
    """Keeps by what people prove who they are."""

    async def confirm(self, link: ShownLink, origin: Origin, *, now: Instant) -> None:
        """Confirm the address of the account that a link is for; LinkInvalid."""

    async def mail_again(self, actor: Actor, asked: AuditEvent) -> None:
        """Note the mail that confirms the actor's address and that it was asked for; TokenStale.

        Neither is where the address is confirmed, or one was mailed within the window.
        """


@dataclass(frozen=True, slots=True)
class VerifyEmail:
    """The use case, with what it needs."""

    credentials: Credentials
    mint: LinkMint
    clock: Callable[[], Instant]

    async def __call__(self, token: str, origin: Origin) -> None:
        """Confirm an address; LinkInvalid."""
        link = self.mint.open(token, LinkKind.VERIFY_EMAIL)
        await self.credentials.confirm(link, origin, now=self.clock())


@dataclass(frozen=True, slots=True)
class RequestEmailVerification:
    """The use case, with what it needs."""

    credentials: Credentials
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor) -> None:
        """Have the link mailed again to the actor's own address, where it is of use; TokenStale."""
        asked = event(actor, "account.verify_request", now=self.clock(), target_id=actor.user_id)
        await self.credentials.mail_again(actor, asked)
