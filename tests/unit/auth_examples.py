"""A person and a moment that tests of auth speak of."""

from services.auth.domain.account import Membership, Newcomer, PasswordHash, first_membership
from services.auth.domain.audit import Actor, event
from services.auth.domain.email import parse_email
from services.auth.domain.session import (
    REFRESH_TOKEN_MILLISECONDS,
    Beginning,
    RefreshToken,
    Session,
)
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Tier

NOW = 1_800_000_000_999
USER, WORKSPACE = UserId("usr_1"), WorkspaceId("wsp_1")


def membership(tier: Tier = Tier.FREE) -> Membership:
    newcomer = Newcomer(parse_email("a@example.com"), "Acme", "Europe/Berlin", tier)
    kept = PasswordHash("bcrypt", "$2b$12$secret")
    return first_membership(newcomer, kept, user_id=USER, workspace_id=WORKSPACE, now=NOW)


def beginning(token: RefreshToken) -> Beginning:
    began = token.expires - REFRESH_TOKEN_MILLISECONDS
    session = Session(
        session_id=token.session_id,
        user_id=token.user_id,
        workspace_id=token.workspace_id,
        device="a browser",
        address_prefix="192.0.2.0/24",
        created=began,
        last_used=began,
        expires=token.expires,
    )
    actor = Actor(token.user_id, token.workspace_id, token.session_id)
    return Beginning(session, token, event(actor, "session.begin", now=began))
