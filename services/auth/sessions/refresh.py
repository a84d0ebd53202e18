"""Refreshing: a refresh token is traded for a pair, once; coming again, it ends its session."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import Membership
from services.auth.domain.session import (
    Digest,
    RefreshToken,
    SessionId,
    Verdict,
    digest_of,
    judge,
)
from services.auth.sessions.granting import Grant, Granting
from services.kernel.errors import RefreshTokenInvalid
from services.kernel.ids import Instant, UserId, WorkspaceId


class Accounts(Protocol):
    """Finds accounts."""

    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        """Find a person in a workspace."""


class Sessions(Protocol):
    """Keeps sessions and their tokens."""

    async def find(self, digest: Digest) -> RefreshToken | None:
        """Find a token by its digest."""

    async def trade(self, spent: RefreshToken, successor: RefreshToken) -> bool:
        """Spend a token and keep its successor; False, and nothing kept, where it cannot be."""

    async def revoke(self, session_id: SessionId) -> None:
        """End a session: none of its tokens can be traded from now on."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """The use case, with what it needs; `alarm` is told of a session whose token came again."""

    accounts: Accounts
    sessions: Sessions
    granting: Granting
    clock: Callable[[], Instant]
    alarm: Callable[[RefreshToken], None]

    async def __call__(self, text: str) -> Grant:
        """Trade a token; RefreshTokenInvalid where it is unknown, used, expired or revoked."""
        now, digest = self.clock(), digest_of(text)
        token = await self._find_good(digest, now)
        membership = await self.accounts.find(token.user_id, token.workspace_id)
        if membership is None:
            raise RefreshTokenInvalid
        grant, successor = self.granting.go_on(token, membership, now=now)
        if not await self.sessions.trade(token, successor):
            # Its session has ended, or somebody else traded it since we looked.
            await self._find_good(digest, now)
            raise RefreshTokenInvalid
        return grant

    async def _find_good(self, digest: Digest, now: Instant) -> RefreshToken:
        """Find a token that may be traded; one that comes again ends its session."""
        token = await self.sessions.find(digest)
        if token is None:
            raise RefreshTokenInvalid
        verdict = judge(token, now=now)
        if verdict is Verdict.SPENT:
            self.alarm(token)
            await self.sessions.revoke(token.session_id)
        if verdict is not Verdict.GOOD:
            raise RefreshTokenInvalid
        return token
