"""Builds the methods of sessions."""

import structlog

from services.auth.domain.session import RefreshToken
from services.auth.kit import Kit
from services.auth.servicers.sessions import SessionMethods
from services.auth.sessions.end import EndSession, SignOut
from services.auth.sessions.end_all import EndAllSessions
from services.auth.sessions.list_sessions import ListSessions
from services.auth.sessions.refresh import Refresh
from services.auth.sessions.switch import SwitchWorkspace
from services.auth.store.accounts import AccountStore
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.sessions import SessionStore

logger = structlog.get_logger()


def methods(kit: Kit) -> SessionMethods:
    """Build them."""
    accounts, sessions = AccountStore(kit.database), SessionStore(kit.database)
    inbox = AuditInbox(kit.database)
    ending = EndSession(sessions, kit.clock, kit.tell)
    return SessionMethods(
        Refresh(accounts, sessions, kit.granting, kit.clock, kit.tell, reused, inbox),
        SwitchWorkspace(accounts, sessions, kit.granting, kit.clock, kit.tell, inbox),
        ending,
        SignOut(ending),
        EndAllSessions(sessions, kit.clock, kit.tell),
        ListSessions(sessions, kit.clock),
    )


def reused(token: RefreshToken) -> None:
    """Log that a session's token came again: either its owner or somebody else has an old one."""
    logger.warning(
        "a refresh token was used again; its session is ended",
        session_id=token.session_id,
        user_id=token.user_id,
        workspace_id=token.workspace_id,
    )
