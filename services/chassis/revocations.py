"""What was revoked while access tokens that say otherwise still live, in this process's memory.

The truth is in MongoDB, with auth; here are its last 15 minutes, so that no call looks anything up.
See services.kernel.revocation for what a revocation says.
"""

from collections.abc import Iterable
from typing import Final

from services.chassis.clock import Clock
from services.chassis.identity import Caller
from services.kernel.errors import TokenStale
from services.kernel.revocation import Revocation

# As long as an access token lives, with the leeway of its verification and of clocks.
REMEMBERED_MILLISECONDS: Final = 16 * 60 * 1000


class Revocations:
    """The revocations that still count; to note one again, or an older one, changes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: dict[str, Revocation] = {}

    def note(self, revocations: Iterable[Revocation]) -> None:
        """Note what was revoked."""
        for one in revocations:
            known = self._noted.get(one.subject)
            if known is None or known.version <= one.version:
                self._noted[one.subject] = one

    def forget_expired(self) -> None:
        """Drop what no living token can be about."""
        oldest = self._clock() - REMEMBERED_MILLISECONDS
        for subject in [one.subject for one in self._noted.values() if one.revoked < oldest]:
            del self._noted[subject]

    def check(self, caller: Caller) -> None:
        """Raise TokenStale where something the token says was revoked since."""
        for subject, version in caller.stamps:
            revoked = self._noted.get(subject)
            if revoked is not None and version < revoked.version:
                raise TokenStale

    def __len__(self) -> int:
        return len(self._noted)
