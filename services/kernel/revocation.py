"""What ends access tokens before they expire.

Tokens say a version of each subject they rest on: a session, an account, a workspace, a key, or a
member. Whoever changes the subject counts it up, and notes from which version on tokens hold. The
counting is done in the transaction that changes, so that no clock decides whether a token was made
before or after.
"""

from dataclasses import dataclass

from services.kernel.ids import Instant

# A subject of revocations and the version of it that a token says: a session, an account, …
Stamp = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Revocation:
    """A subject whose tokens of an older version hold no more; `revoked` is when."""

    subject: str
    version: int
    revoked: Instant
