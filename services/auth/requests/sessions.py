"""Requests about sessions, parsed."""

from typing import Final

from jira_analytics.auth.v1 import auth_pb2
from services.auth.domain.session import SessionId
from services.auth.requests.signing_in import required
from services.kernel.errors import InvalidField
from services.kernel.ids import WorkspaceId

LONGEST_ID: Final = 64


def workspace_of(request: auth_pb2.SwitchWorkspaceRequest) -> WorkspaceId:
    """Parse a SwitchWorkspace into the workspace's id; InvalidField."""
    return WorkspaceId(id_of(request.workspace_id, "workspace_id"))


def session_of(request: auth_pb2.RevokeSessionRequest) -> SessionId:
    """Parse a RevokeSession into the session's id; InvalidField."""
    return SessionId(id_of(request.session_id, "session_id"))


def id_of(text: str, name: str) -> str:
    """Parse an id of ours: whether there is such a thing is another question."""
    if len(required(text, name)) > LONGEST_ID or not text.isprintable():
        raise InvalidField(name, f"write {LONGEST_ID} printable characters or fewer")
    return text
