"""Sessions in memory: what SessionStore promises, without a server."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.auth.domain.revocation import ended
from services.auth.domain.session import (
    Beginning,
    Digest,
    RefreshToken,
    Session,
    SessionId,
    Trade,
    ended_by_reuse,
    refreshed,
)
from services.kernel.audit import Actor, AuditEvent
from services.kernel.errors import TokenStale
from services.kernel.ids import Instant, UserId
from services.kernel.origin import Origin
from services.kernel.revocation import Revocation


@dataclass
class SessionsInMemory:
    """Keeps sessions; each call lets others come first, and is then done at once."""

    tokens: dict[Digest, RefreshToken] = field(default_factory=dict)
    sessions: dict[SessionId, Session] = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list)
    revocations: list[Revocation] = field(default_factory=list)
    told: set[Digest] = field(default_factory=set)

    async def begin(self, beginning: Beginning, *events: AuditEvent) -> Sequence[Revocation]:
        await asyncio.sleep(0)
        self.sessions[beginning.session.session_id] = beginning.session
        self.tokens[beginning.token.digest] = beginning.token
        self.events += [beginning.event, *events]
        return ()

    async def begin_beside(
        self, actor: Actor, beginning: Beginning, *events: AuditEvent
    ) -> Sequence[Revocation]:
        await asyncio.sleep(0)
        present = self.sessions[SessionId(actor.session_id)]
        if present.revoked:
            raise TokenStale
        used = replace(present, last_used=beginning.session.created)
        self.sessions[present.session_id] = used
        return await self.begin(beginning, *events)

    async def find(self, digest: Digest) -> RefreshToken | None:
        await asyncio.sleep(0)
        return self.tokens.get(digest)

    async def session(self, session_id: SessionId) -> Session | None:
        await asyncio.sleep(0)
        return self.sessions.get(session_id)

    async def trade(
        self, spent: RefreshToken, child: RefreshToken, *, now: Instant, origin: Origin
    ) -> bool:
        await asyncio.sleep(0)
        session = self.sessions[spent.session_id]
        if self.tokens[spent.digest].used or session.revoked:
            return False
        self.sessions[session.session_id] = refreshed(session, now=now, origin=origin)
        self.tokens[spent.digest] = replace(spent, trade=Trade(child.digest, now))
        self.tokens[child.digest] = child
        return True

    async def end_family(
        self, reused: RefreshToken, session: Session, actor: Actor, *, now: Instant
    ) -> Sequence[Revocation] | None:
        await asyncio.sleep(0)
        found = [one for one in self.sessions.values() if one.family == session.family]
        found = [one for one in found if one.user_id == session.user_id and not one.revoked]
        told = reused.digest in self.told
        if told and not found:
            return None
        self.told.add(reused.digest)
        for one in found:
            self.sessions[one.session_id] = replace(one, revoked=True)
        self.revocations += [ended(one.session_id, now=now) for one in found]
        self.events += ended_by_reuse(found, actor, now=now, told=told)
        return [ended(one.session_id, now=now) for one in found]

    async def end(
        self, session_id: SessionId, user_id: UserId, *, revocation: Revocation, event: AuditEvent
    ) -> bool:
        await asyncio.sleep(0)
        session = self.sessions.get(session_id)
        if session is None or session.user_id != user_id or session.revoked:
            return False
        self.sessions[session_id] = replace(session, revoked=True)
        self.revocations.append(revocation)
        self.events.append(event)
        return True
