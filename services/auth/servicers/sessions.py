"""The methods of sessions: parse, ask, pack.

Refresh, SwitchWorkspace, Logout, LogoutEverywhere, ListSessions, RevokeSession.
"""

from dataclasses import dataclass

from jira_analytics.auth.v1 import auth_pb2
from services.auth.answers.tokens import tokens_message
from services.auth.requests.signing_in import refresh_of
from services.auth.sessions.refresh import Refresh
from services.chassis.layers import Context


@dataclass(frozen=True, slots=True)
class SessionMethods:
    """Serves what concerns sessions."""

    refreshing: Refresh

    async def Refresh(self, request: auth_pb2.RefreshRequest, _: Context) -> auth_pb2.Tokens:
        """Trade a refresh token for a pair of tokens."""
        text = refresh_of(request)
        grant = await self.refreshing(text)
        return tokens_message(grant)
