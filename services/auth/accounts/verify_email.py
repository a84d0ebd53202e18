"""Confirming an e-mail address: whoever follows the mailed link reads its mail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.link import LinkKind, ShownLink
from services.auth.mail.minting import LinkMint
from services.kernel.ids import Instant
from services.kernel.origin import Origin


class Credentials(Protocol):
    """Keeps by what people prove who they are."""

    async def confirm(self, link: ShownLink, origin: Origin, *, now: Instant) -> None:
        """Confirm the address of the account that a link is for; LinkInvalid."""


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
