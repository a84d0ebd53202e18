"""The step that signing up, signing in and refreshing end with: a pair of tokens is made."""

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from services.auth.domain.account import Membership
from services.auth.domain.audit import Actor, event
from services.auth.domain.claims import ACCESS_TOKEN_SECONDS, Claims, access_claims
from services.auth.domain.session import (
    REFRESH_TOKEN_MILLISECONDS,
    Beginning,
    RefreshToken,
    Session,
    SessionId,
    first_token,
    next_token,
)
from services.kernel.ids import Instant, fresh
from services.kernel.origin import Origin

REFRESH_TOKEN_BYTES = 32


class Signer(Protocol):
    """Makes access tokens."""

    def sign(self, claims: Claims) -> str:
        """Sign claims with the key that signs now."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A pair of tokens as it is handed out, and never kept."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_seconds: int = ACCESS_TOKEN_SECONDS


@dataclass(frozen=True, slots=True)
class Granting:
    """Makes pairs of tokens; each comes with what is to be kept of its refresh token."""

    signer: Signer

    def begin(
        self, membership: Membership, *, now: Instant, origin: Origin, by: str = "password"
    ) -> tuple[Grant, Beginning]:
        """Make the pair that a session begins with; `by` says in the audit how it did."""
        session = _session(membership, now=now, origin=origin)
        grant = self._grant(membership, session.session_id, now)
        token = first_token(
            grant.refresh_token,
            session.session_id,
            user_id=session.user_id,
            workspace_id=session.workspace_id,
            now=now,
        )
        actor = Actor(session.user_id, session.workspace_id, session.session_id, origin)
        began = event(actor, "session.begin", now=now, target_id=session.session_id, by=by)
        return grant, Beginning(session, token, began)

    def go_on(
        self, spent: RefreshToken, membership: Membership, *, now: Instant
    ) -> tuple[Grant, RefreshToken]:
        """Make the pair that a refresh token is traded for."""
        grant = self._grant(membership, spent.session_id, now)
        return grant, next_token(grant.refresh_token, spent, now=now)

    def _grant(self, membership: Membership, session_id: SessionId, now: Instant) -> Grant:
        token_id = fresh("tok")
        claims = access_claims(membership, session_id=session_id, token_id=token_id, now=now)
        return Grant(self.signer.sign(claims), secrets.token_urlsafe(REFRESH_TOKEN_BYTES))


def _session(membership: Membership, *, now: Instant, origin: Origin) -> Session:
    return Session(
        session_id=SessionId(fresh("ses")),
        user_id=membership.account.user_id,
        workspace_id=membership.workspace.workspace_id,
        device=origin.device,
        address_prefix=origin.address_prefix,
        created=now,
        last_used=now,
        expires=now + REFRESH_TOKEN_MILLISECONDS,
    )
