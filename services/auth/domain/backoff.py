"""How long who guesses passwords has to wait: longer each time, and less as time goes by.

Failures are counted for an address of mail and a network together. So a stranger who fails for
somebody else holds up nobody but those who come from the stranger's own network; and there is
nothing to be learned from it, for an address without account is counted alike.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from services.auth.domain.email import Email
from services.kernel.ids import Instant

# So many may fail before anybody has to wait.
FREE: Final = 5
LONGEST_SECONDS: Final = 15 * 60
# One failure is forgotten whenever so much time went by since the last one.
FORGOTTEN_AFTER_MILLISECONDS: Final = LONGEST_SECONDS * 1000


@dataclass(frozen=True, slots=True)
class Failures:
    """Attempts that failed, and when the last one did."""

    count: int
    last: Instant

    @property
    def forgotten(self) -> Instant:
        """From when on none of them counts."""
        return self.last + self.count * FORGOTTEN_AFTER_MILLISECONDS


NONE: Final = Failures(0, 0)


def attempts_key(email: Email, address_prefix: str) -> str:
    """Name an address of mail and a network together, without keeping either."""
    return hashlib.sha256(f"{email}\n{address_prefix}".encode()).hexdigest()


def wait_seconds(failures: Failures, *, now: Instant) -> int:
    """Tell how long the next attempt has to wait: 0, or 1, 2, 4, … 900 s from the fifth on."""
    over = failures.count - FREE
    if over < 0:
        return 0
    seconds = min(1 << min(over, 30), LONGEST_SECONDS)
    ready = failures.last + seconds * 1000
    return max(-(-(ready - now) // 1000), 0)


def one_more(failures: Failures, *, now: Instant) -> Failures:
    """Count another failure, after forgetting what time has forgiven."""
    forgiven = max(now - failures.last, 0) // FORGOTTEN_AFTER_MILLISECONDS
    return Failures(max(failures.count - forgiven, 0) + 1, now)
