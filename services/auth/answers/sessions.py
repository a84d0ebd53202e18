"""Sessions, packed into the contract's messages."""

from jira_analytics.auth.v1 import auth_pb2
from services.auth.answers.tokens import timestamp
from services.auth.domain.page import Rows
from services.auth.domain.session import Session
from services.auth.requests.paging import page_token


def sessions_message(found: Rows[Session], *, current: str) -> auth_pb2.ListSessionsResponse:
    """Pack a page of sessions."""
    return auth_pb2.ListSessionsResponse(
        sessions=[session_message(one, current=current) for one in found.rows],
        next_page_token=page_token(found.next_after),
    )


def session_message(session: Session, *, current: str) -> auth_pb2.Session:
    """Pack a session; `current` is the id of the caller's own."""
    return auth_pb2.Session(
        id=session.session_id,
        workspace_id=session.workspace_id,
        device=session.device,
        address_prefix=session.address_prefix,
        create_time=timestamp(session.created),
        last_use_time=timestamp(session.last_used),
        expire_time=timestamp(session.expires),
        current=session.session_id == current,
    )
