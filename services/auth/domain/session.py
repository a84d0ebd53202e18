"""Sessions, and the refresh tokens that keep them up: each works once, for seven days in all.

The tokens of a session are a chain: each is traded for one child. One that comes again was in other
hands, or its answer was lost on the way: for ten seconds, and until its child is used, it gives the
same child again; after that nobody can tell whose the newest is, so the session ends (RFC 9700,
section 4.14.2).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final, NewType

from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import TooManyAttempts
from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.origin import Origin

SessionId = NewType("SessionId", str)
# SHA-256 of a token's text, in hexadecimal: 256 random bits need no slower hash.
Digest = NewType("Digest", str)

SESSION_MILLISECONDS: Final = 7 * 24 * 3600 * 1000
GRACE_MILLISECONDS: Final = 10 * 1000
# Of one person, in all workspaces: more than anybody's devices and programs, and so few that all of
# them end within the time of one call.
MOST_SESSIONS: Final = 100
MOST_REFRESHES: Final = 30
WITHIN_MILLISECONDS: Final = 60 * 1000


class Verdict(Enum):
    """What a refresh token that somebody showed is worth."""

    GOOD = auto()
    AGAIN = auto()
    SPENT = auto()
    EXPIRED = auto()


@dataclass(frozen=True, slots=True)
class Trade:
    """Which token another one was traded for, and when."""

    child: Digest
    traded: Instant


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it is kept: without its text."""

    digest: Digest
    session_id: SessionId
    user_id: UserId
    workspace_id: WorkspaceId
    expires: Instant
    trade: Trade | None = None

    @property
    def used(self) -> bool:
        """Whether it was traded."""
        return self.trade is not None


@dataclass(frozen=True, slots=True)
class Session:
    """A person's stay in one workspace; `expires` is when it ends at the latest.

    `device` is what the client called itself at the beginning, `address_prefix` the network that
    the session was last used from. `refreshed`: when it was, within the last minute of its use.
    `family` is the session that signing in began: those that were begun from it belong to it.
    """

    session_id: SessionId
    user_id: UserId
    workspace_id: WorkspaceId
    device: str
    address_prefix: str
    created: Instant
    last_used: Instant
    expires: Instant
    family: SessionId
    revoked: bool = False
    refreshed: Sequence[Instant] = ()


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is kept when a session begins, all or nothing: itself, its first token, its event."""

    session: Session
    token: RefreshToken
    event: AuditEvent


def digest_of(text: str) -> Digest:
    """Tell under which name a token's text is kept."""
    return Digest(hashlib.sha256(text.encode()).hexdigest())


def first_token(text: str, session: Session) -> RefreshToken:
    """Make the token that a session begins with."""
    return RefreshToken(
        digest_of(text),
        session.session_id,
        session.user_id,
        session.workspace_id,
        session.expires,
    )


def child_of(spent: RefreshToken, text: str) -> RefreshToken:
    """Make the token that another one is traded for; it does not outlive it."""
    return replace(spent, digest=digest_of(text), trade=None)


def judge(token: RefreshToken, *, child_used: bool = False, now: Instant) -> Verdict:
    """Tell what a token is worth; a spent one is an alarm for as long as it is remembered."""
    if token.trade is not None and (child_used or now - token.trade.traded > GRACE_MILLISECONDS):
        return Verdict.SPENT
    if now >= token.expires:
        return Verdict.EXPIRED
    return Verdict.GOOD if token.trade is None else Verdict.AGAIN


def stands(session: Session, *, now: Instant) -> bool:
    """Tell whether a session has not ended."""
    return not session.revoked and now < session.expires


def refreshed(session: Session, *, now: Instant, origin: Origin) -> Session:
    """Note a refresh; TooManyAttempts where there were thirty within any minute."""
    recent = [instant for instant in session.refreshed if now - instant < WITHIN_MILLISECONDS]
    if len(recent) >= MOST_REFRESHES:
        left = recent[-MOST_REFRESHES] + WITHIN_MILLISECONDS - now
        raise TooManyAttempts(-(-left // 1000))
    return replace(
        session,
        last_used=now,
        address_prefix=origin.address_prefix or session.address_prefix,
        refreshed=(*recent, now),
    )


def ended_by_reuse(
    ended: Sequence[Session], actor: Actor, *, now: Instant, told: bool
) -> Sequence[AuditEvent]:
    """Make the events of ending a family: the actor's session is the one whose token came again.

    That it came is an event of its own, also where its session had ended before, unless it was
    `told` when it came the last time.
    """
    came = event(
        actor, "session.reuse", now=now, target_id=actor.session_id, succeeded=False, by="reuse"
    )
    others = [
        event(
            replace(actor, workspace_id=session.workspace_id),
            "session.end",
            now=now,
            target_id=session.session_id,
            by="reuse",
        )
        for session in ended
        if session.session_id != actor.session_id
    ]
    return others if told else [came, *others]


def ended_by_cap(ended: Sequence[Session], beginning: Beginning) -> Sequence[AuditEvent]:
    """Make the events of ending sessions that there is no room for beside one that begins."""
    return [
        replace(
            beginning.event,
            event_id=fresh("evt"),
            workspace_id=session.workspace_id,
            action="session.end",
            target_id=session.session_id,
            details={"by": "cap"},
        )
        for session in ended
    ]


def ended_everywhere(
    ended: Sequence[Session], actor: Actor, *, now: Instant, of: UserId | None = None
) -> Sequence[AuditEvent]:
    """Make the events of ending all of a person's sessions, one for each workspace.

    They are the actor's own, unless told whose; in the actor's workspace there is always one.
    """
    found = [session.workspace_id for session in ended]
    return [
        event(
            replace(actor, workspace_id=workspace_id),
            "session.end_all",
            now=now,
            target_id=of or actor.user_id,
            sessions=str(found.count(workspace_id)),
        )
        for workspace_id in sorted({*found, actor.workspace_id})
    ]
