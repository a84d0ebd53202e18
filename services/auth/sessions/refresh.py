"""Refreshing: a refresh token is traded for a pair, once; coming again, it ends its session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.auth.audit.refusals import Inbox, noting_refusals
from services.auth.domain.account import Membership
from services.auth.domain.session import (
    Digest,
    RefreshToken,
    Session,
    SessionId,
    Trade,
    Verdict,
    digest_of,
    judge,
    stands,
)
from services.auth.sessions.granting import Grant, Granting
from services.auth.sessions.telling import Tell
from services.kernel.audit import Actor, event
from services.kernel.errors import AccountDisabled, RefreshTokenInvalid, TooManyAttempts
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.origin import Origin
from services.kernel.revocation import Revocation

REFUSALS: Final = (RefreshTokenInvalid, AccountDisabled, TooManyAttempts)


class Accounts(Protocol):
    """Finds accounts."""

    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        """Find a person in a workspace."""


class Sessions(Protocol):
    """Keeps sessions and their tokens."""

    async def find(self, digest: Digest) -> RefreshToken | None:
        """Find a token by its digest."""

    async def session(self, session_id: SessionId) -> Session | None:
        """Find a session."""

    async def trade(
        self, spent: RefreshToken, child: RefreshToken, *, now: Instant, origin: Origin
    ) -> bool:
        """Spend a token and keep its child; False, and nothing kept, where it cannot be.

        TooManyAttempts, and nothing kept, where the session is refreshed too often.
        """

    async def end_family(
        self, reused: RefreshToken, session: Session, actor: Actor, *, now: Instant
    ) -> Sequence[Revocation] | None:
        """End what stands of a family; None where nothing does, and the token was told of."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """The use case, with what it needs; `alarm` is told of a session whose token came again."""

    accounts: Accounts
    sessions: Sessions
    granting: Granting
    clock: Callable[[], Instant]
    tell: Tell
    alarm: Callable[[RefreshToken], None]
    inbox: Inbox

    async def __call__(self, text: str, origin: Origin) -> Grant:
        """Trade a token, or give the same pair again to who may have lost the answer.

        RefreshTokenInvalid where it is unknown, used, expired or revoked; AccountDisabled;
        TooManyAttempts. Where its session is known the refusal stands in the audit.
        """
        now, digest = self.clock(), digest_of(text)
        token = await self._find(digest)
        actor = Actor(token.user_id, token.workspace_id, token.session_id, origin)
        tried = event(actor, "session.refresh", now=now, target_id=token.session_id)
        async with noting_refusals(self.inbox, tried, of=REFUSALS):
            return await self._refresh(text, token, now=now, origin=origin)

    async def _refresh(
        self, text: str, token: RefreshToken, *, now: Instant, origin: Origin
    ) -> Grant:
        if token.trade is None:
            grant = await self._trade(text, token, now=now, origin=origin)
            if grant is not None:
                return grant
            # Its session has ended, or somebody else traded it since we looked.
            token = await self._find(token.digest)
        if token.trade is None:
            raise RefreshTokenInvalid
        return await self._again(text, token, token.trade, now=now, origin=origin)

    async def _find(self, digest: Digest) -> RefreshToken:
        token = await self.sessions.find(digest)
        if token is None:
            raise RefreshTokenInvalid
        return token

    async def _trade(
        self, text: str, token: RefreshToken, *, now: Instant, origin: Origin
    ) -> Grant | None:
        """Trade a token for its child; None where somebody was faster or the session has ended."""
        if judge(token, now=now) is not Verdict.GOOD:
            raise RefreshTokenInvalid
        membership = await self._bearer(token)
        grant, child = self.granting.go_on(text, token, membership, now=now)
        traded = await self.sessions.trade(token, child, now=now, origin=origin)
        return grant if traded else None

    async def _again(
        self, text: str, token: RefreshToken, trade: Trade, *, now: Instant, origin: Origin
    ) -> Grant:
        """Give the pair that a token was traded for again, or end the session of a spent one."""
        child = await self.sessions.find(trade.child)
        session = await self.sessions.session(token.session_id)
        if child is None or session is None:
            raise RefreshTokenInvalid
        verdict = judge(token, child_used=child.used, now=now)
        if verdict is Verdict.SPENT:
            await self._end(token, session, now=now, origin=origin)
        if verdict is not Verdict.AGAIN or not stands(session, now=now):
            raise RefreshTokenInvalid
        membership = await self._bearer(token)
        grant = self.granting.again(text, child, trade, membership, now=now)
        if grant is None:
            raise RefreshTokenInvalid
        return grant

    async def _bearer(self, token: RefreshToken) -> Membership:
        """Find whom a token is for, if they may go on."""
        membership = await self.accounts.find(token.user_id, token.workspace_id)
        if membership is None or membership.account.erased_from is not None:
            raise RefreshTokenInvalid
        if membership.account.disabled:
            raise AccountDisabled
        return membership

    async def _end(
        self, token: RefreshToken, session: Session, *, now: Instant, origin: Origin
    ) -> None:
        """End the family of a session whose token came again, with an alarm for the first time.

        Also where the session has ended: what was begun from it may stand, in whoever's hands.
        """
        actor = Actor(token.user_id, token.workspace_id, token.session_id, origin)
        revocations = await self.sessions.end_family(token, session, actor, now=now)
        if revocations is not None:
            self.alarm(token)
            await self.tell(*revocations)
