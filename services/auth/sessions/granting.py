"""The step that signing up, signing in and refreshing end with: a pair of tokens is made."""

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from typing import Protocol

from services.auth.domain.account import Membership
from services.auth.domain.claims import ACCESS_TOKEN_SECONDS, Claims, access_claims
from services.auth.domain.revocation import versions_of
from services.auth.domain.session import (
    SESSION_MILLISECONDS,
    Beginning,
    Digest,
    RefreshToken,
    Session,
    SessionId,
    Trade,
    child_of,
    first_token,
)
from services.kernel.audit import Actor, event
from services.kernel.ids import Instant, fresh
from services.kernel.origin import Origin

REFRESH_TOKEN_BYTES = 32


class Signer(Protocol):
    """Makes access tokens."""

    def sign(self, claims: Claims) -> str:
        """Sign claims with the key that signs now."""


class Successors(Protocol):
    """Tells which refresh token follows which."""

    def child_of(self, parent: str) -> str:
        """Derive the text of the token that a parent is traded for."""

    def child_again(self, parent: str, kept: Digest) -> str | None:
        """Derive the child that is kept; None where that cannot be done any more."""


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
    successors: Successors

    def begin(
        self,
        membership: Membership,
        *,
        now: Instant,
        origin: Origin,
        by: str = "password",
        beside: Session | None = None,
    ) -> tuple[Grant, Beginning]:
        """Make the pair that a session begins with; `by` says in the audit how it did.

        One that begins `beside` another, without signing in, is of its family and ends with it.
        """
        session = _session(membership, now=now, origin=origin)
        if beside is not None:
            session = replace(session, expires=beside.expires, family=beside.family)
        text = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
        token = first_token(text, session)
        actor = Actor(session.user_id, session.workspace_id, session.session_id, origin)
        began = event(actor, "session.begin", now=now, target_id=session.session_id, by=by)
        grant = self._grant(membership, text, token, made=now, now=now)
        return grant, Beginning(session, token, began)

    def go_on(
        self, text: str, spent: RefreshToken, membership: Membership, *, now: Instant
    ) -> tuple[Grant, RefreshToken]:
        """Make the pair that a refresh token is traded for."""
        child = self.successors.child_of(text)
        kept = child_of(spent, child)
        return self._grant(membership, child, kept, made=now, now=now), kept

    def again(
        self, text: str, child: RefreshToken, trade: Trade, membership: Membership, *, now: Instant
    ) -> Grant | None:
        """Make the pair that a token was traded for once more; None where its key is gone.

        The access token is the same too, unless what it says or the key that signs has changed.
        """
        known = self.successors.child_again(text, child.digest)
        if known is None:
            return None
        return self._grant(membership, known, child, made=trade.traded, now=now)

    def _grant(
        self, membership: Membership, text: str, token: RefreshToken, *, made: Instant, now: Instant
    ) -> Grant:
        said = access_claims(
            membership,
            session_id=token.session_id,
            token_id=_token_id(token.digest, versions_of(membership)),
            now=made,
        )
        expires = min(made // 1000 + ACCESS_TOKEN_SECONDS, token.expires // 1000)
        signed = self.signer.sign({**said, "exp": expires})
        return Grant(signed, text, max(expires - now // 1000, 0))


def _token_id(refresh_token: Digest, versions: list[int]) -> str:
    """Name the access token that comes with a refresh token, so that it can be made again."""
    made_of = f"{refresh_token} {versions}".encode()
    return f"tok_{hashlib.sha256(made_of).hexdigest()[:30]}"


def _session(membership: Membership, *, now: Instant, origin: Origin) -> Session:
    session_id = SessionId(fresh("ses"))
    return Session(
        session_id=session_id,
        user_id=membership.account.user_id,
        workspace_id=membership.workspace.workspace_id,
        device=origin.device,
        address_prefix=origin.address_prefix,
        created=now,
        last_used=now,
        expires=now + SESSION_MILLISECONDS,
        family=session_id,
    )
