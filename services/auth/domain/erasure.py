"""Erasing an account whose grace is over: who works at it, and how much it is."""

from dataclasses import dataclass
from typing import Final

from services.auth.domain.email import Email
from services.kernel.audit import Actor
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.revocation import Revocation

# By every clock it is long past: whoever works at it, nobody lets the person in any more.
GONE: Final = Instant(1)
# Tokens of the keys of a workspace that is erased end within 30 seconds: until then it is waited.
TOKENS_END_MILLISECONDS: Final = 60 * 1000
ERASER: Final = UserId("svc_auth")


class Superseded(Exception):
    """Somebody else works at this erasure by now: nothing may be written for it here."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An account that is being erased, by whoever holds it `until` an instant: that is the fence.

    `home`: the workspace that signing in led to.
    """

    user_id: UserId
    email: Email
    home: WorkspaceId
    until: Instant


@dataclass(frozen=True, slots=True)
class Closed:
    """A workspace of nobody else: no way leads into it any more; what ended with that."""

    revocations: tuple[Revocation, ...]
    keys_ended: bool


def eraser_in(workspace_id: WorkspaceId) -> Actor:
    """Name who erases, in a workspace's audit."""
    return Actor(ERASER, workspace_id)
