"""A password that takes the place of another, and what ends with the one before."""

from dataclasses import dataclass

from services.auth.domain.account import Account, PasswordHash
from services.auth.domain.link import ShownLink
from services.auth.domain.session import SessionId
from services.kernel.audit import Action, Actor
from services.kernel.ids import Instant


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """What is to be kept, all or nothing.

    `before`: the account as it was judged. `stays`: the session that goes on; every other one ends.
    `link`: the mailed link that allows it; whoever shows it reads the mail of the address, which is
    confirmed by that.
    """

    before: Account
    password: PasswordHash
    actor: Actor
    now: Instant
    stays: SessionId | None = None
    link: ShownLink | None = None

    @property
    def is_first_proof(self) -> bool:
        """Tell whether nobody had shown before that they read the mail of the address."""
        return self.link is not None and not self.before.verified

    @property
    def action(self) -> Action:
        """What the audit calls it."""
        return "password.reset" if self.link else "password.change"
