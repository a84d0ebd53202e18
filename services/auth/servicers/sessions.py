"""The methods of sessions: parse, ask, pack.

Refresh, SwitchWorkspace, Logout, LogoutEverywhere, ListSessions, RevokeSession.
"""

from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import auth_pb2
from services.auth.answers.sessions import sessions_message
from services.auth.answers.tokens import tokens_message
from services.auth.requests.paging import page_of
from services.auth.requests.sessions import session_of, workspace_of
from services.auth.requests.signing_in import refresh_of
from services.auth.sessions.end import EndSession, SignOut
from services.auth.sessions.end_all import EndAllSessions
from services.auth.sessions.list_sessions import ListSessions
from services.auth.sessions.refresh import Refresh
from services.auth.sessions.switch import SwitchWorkspace
from services.chassis.acting import acting
from services.chassis.identity import caller
from services.chassis.layers import Context
from services.chassis.origin import origin


@dataclass(frozen=True, slots=True)
class SessionMethods:
    """Serves what concerns sessions."""

    refreshing: Refresh
    switching: SwitchWorkspace
    ending: EndSession
    signing_out: SignOut
    ending_all: EndAllSessions
    listing: ListSessions

    async def Refresh(self, request: auth_pb2.RefreshRequest, _: Context) -> auth_pb2.Tokens:
        """Trade a refresh token for a pair of tokens."""
        text = refresh_of(request)
        grant = await self.refreshing(text, origin())
        return tokens_message(grant)

    async def SwitchWorkspace(
        self, request: auth_pb2.SwitchWorkspaceRequest, _: Context
    ) -> auth_pb2.Tokens:
        """Begin a session in another of the caller's workspaces."""
        workspace_id = workspace_of(request)
        grant = await self.switching(acting(), workspace_id)
        return tokens_message(grant)

    async def Logout(self, _request: auth_pb2.LogoutRequest, _: Context) -> Empty:
        """End the caller's session."""
        await self.signing_out(acting())
        return Empty()

    async def LogoutEverywhere(
        self, _request: auth_pb2.LogoutEverywhereRequest, _: Context
    ) -> Empty:
        """End all of the caller's sessions."""
        await self.ending_all(acting())
        return Empty()

    async def ListSessions(
        self, request: auth_pb2.ListSessionsRequest, _: Context
    ) -> auth_pb2.ListSessionsResponse:
        """List the caller's sessions."""
        page = page_of(request)
        found = await self.listing(caller().user_id, page)
        return sessions_message(found, current=caller().session_id)

    async def RevokeSession(self, request: auth_pb2.RevokeSessionRequest, _: Context) -> Empty:
        """End one of the caller's sessions."""
        session_id = session_of(request)
        await self.ending(session_id, acting())
        return Empty()
