"""A person and a moment that tests of auth speak of."""

from services.auth.domain.account import Membership, Newcomer, PasswordHash, first_membership
from services.auth.domain.email import parse_email
from services.auth.domain.revocation import member_subject
from services.auth.domain.session import (
    SESSION_MILLISECONDS,
    Beginning,
    Session,
    SessionId,
    first_token,
)
from services.kernel.audit import Actor, event
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Tier

NOW = 1_800_000_000_999
USER, WORKSPACE = UserId("usr_1"), WorkspaceId("wsp_1")


def membership(tier: Tier = Tier.FREE) -> Membership:
    newcomer = Newcomer(parse_email("a@example.com"), "Acme", "Europe/Berlin", tier)
    kept = PasswordHash("bcrypt", "$2b$12$secret")
    return first_membership(newcomer, kept, user_id=USER, workspace_id=WORKSPACE, now=NOW)


def acting(session_id: str = "ses_1") -> Actor:
    """Act as the person, by a token of a session of theirs."""
    member = member_subject(WORKSPACE, USER)
    stamps = ((session_id, 0), (USER, 0), (WORKSPACE, 0), (member, 0))
    return Actor(USER, WORKSPACE, session_id, stamps=stamps)


def beginning(session_id: str = "ses_1", text: str = "text") -> Beginning:
    """Begin a session of the person's, with a token of that text."""
    session = Session(
        session_id=SessionId(session_id),
        user_id=USER,
        workspace_id=WORKSPACE,
        device="a browser",
        address_prefix="192.0.2.0/24",
        created=NOW,
        last_used=NOW,
        expires=NOW + SESSION_MILLISECONDS,
        family=SessionId(session_id),
    )
    began = event(Actor(USER, WORKSPACE, session_id), "session.begin", now=NOW)
    return Beginning(session, first_token(text, session), began)
