"""Sessions, and the refresh tokens that keep them up: each works once, for seven days.

The tokens of a session are a chain: each was traded for the next. One that comes again after it was
traded has been in other hands, and nobody can tell whose the newest is: so the session ends
(RFC 9700, section 4.14.2).
"""

import hashlib
from dataclasses import dataclass
from enum import Enum, auto
from typing import NewType

from services.auth.domain.audit import AuditEvent
from services.kernel.ids import Instant, UserId, WorkspaceId

SessionId = NewType("SessionId", str)
# SHA-256 of a token's text, in hexadecimal: 256 random bits need no slower hash.
Digest = NewType("Digest", str)

REFRESH_TOKEN_MILLISECONDS = 7 * 24 * 3600 * 1000


class Verdict(Enum):
    """What a refresh token that somebody showed is worth."""

    GOOD = auto()
    SPENT = auto()
    EXPIRED = auto()


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it is kept: without its text."""

    digest: Digest
    session_id: SessionId
    user_id: UserId
    workspace_id: WorkspaceId
    expires: Instant
    used: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A person's stay in one workspace; `expires` is when it ends at the latest.

    `device` is what the client called itself at the beginning, `address_prefix` the network that
    the session was last used from.
    """

    session_id: SessionId
    user_id: UserId
    workspace_id: WorkspaceId
    device: str
    address_prefix: str
    created: Instant
    last_used: Instant
    expires: Instant
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is kept when a session begins, all or nothing: itself, its first token, its event."""

    session: Session
    token: RefreshToken
    event: AuditEvent


def digest_of(text: str) -> Digest:
    """Tell under which name a token's text is kept."""
    return Digest(hashlib.sha256(text.encode()).hexdigest())


def first_token(
    text: str, session_id: SessionId, *, user_id: UserId, workspace_id: WorkspaceId, now: Instant
) -> RefreshToken:
    """Make the token that a session begins with."""
    expires = now + REFRESH_TOKEN_MILLISECONDS
    return RefreshToken(digest_of(text), session_id, user_id, workspace_id, expires)


def next_token(text: str, spent: RefreshToken, *, now: Instant) -> RefreshToken:
    """Make the token that another one is traded for."""
    return first_token(
        text,
        spent.session_id,
        user_id=spent.user_id,
        workspace_id=spent.workspace_id,
        now=now,
    )


def judge(token: RefreshToken, *, now: Instant) -> Verdict:
    """Tell what a token is worth; a spent one is an alarm for as long as it is remembered."""
    if token.used:
        return Verdict.SPENT
    return Verdict.GOOD if now < token.expires else Verdict.EXPIRED
