"""Requests about sessions, parsed."""

from jira_analytics.auth.v1 import auth_pb2
from services.auth.domain.session import SessionId
from services.auth.requests.ids import id_of
from services.kernel.ids import WorkspaceId


def workspace_of(request: auth_pb2.SwitchWorkspaceRequest) -> WorkspaceId:
    """Parse a SwitchWorkspace into the workspace's id; InvalidField."""
    return WorkspaceId(id_of(request.workspace_id, "workspace_id"))


def session_of(request: auth_pb2.RevokeSessionRequest) -> SessionId:
    """Parse a RevokeSession into the session's id; InvalidField."""
    return SessionId(id_of(request.session_id, "session_id"))
