"""Signing in and out, and the sessions that stand."""

from contextlib import suppress

from client.api.area import Area
from client.api.pages import all_pages
from client.calls import bearing
from client.failures import ClientError, NotSignedIn
from jira_analytics.auth.v1 import auth_pb2


class Sessions(Area):
    """Calls about the caller's sessions."""

    @property
    def email(self) -> str:
        """Tell who is signed in; empty where nobody is, and for a machine."""
        return self._calls.bearer.email

    async def log_in(self, email: str, *, password: str) -> None:
        """Sign in, and stay so; the session that was kept here until now ends."""
        person = self.need_person()
        left = person.last_token
        request = auth_pb2.LoginRequest(email=email, password=password)
        await person.remember(email, await self._calls.public(self._auth.Login, request))
        await self._end(left)

    async def log_out(self, *, everywhere: bool = False) -> None:
        """End this session, or all of the caller's, and forget its tokens.

        Where the service cannot be asked the tokens stay, as the session does.
        """
        person = self.need_person()
        if everywhere:
            request = auth_pb2.LogoutEverywhereRequest()
            await self._calls.ask(self._auth.LogoutEverywhere, request)
        else:
            # Of a session that has ended already only the tokens are left to be forgotten.
            with suppress(NotSignedIn):
                await self._calls.ask(self._auth.Logout, auth_pb2.LogoutRequest())
        await person.forget()

    async def sessions(self) -> auth_pb2.ListSessionsResponse:
        """List the caller's sessions that stand, the last used first."""
        request = auth_pb2.ListSessionsRequest()
        return await all_pages(self._calls, self._auth.ListSessions, request)

    async def revoke_session(self, session_id: str) -> None:
        """End one of the caller's sessions."""
        request = auth_pb2.RevokeSessionRequest(session_id=session_id)
        await self._calls.ask(self._auth.RevokeSession, request)

    async def switch_workspace(self, workspace_id: str) -> None:
        """Go on in another workspace that the caller is a member of; the session until now ends."""
        person = self.need_person()
        request = auth_pb2.SwitchWorkspaceRequest(workspace_id=workspace_id)
        tokens = await self._calls.ask(self._auth.SwitchWorkspace, request)
        left = person.last_token
        await person.remember(person.email, tokens)
        await self._end(left)

    async def _end(self, token: str) -> None:
        """End a session whose tokens nobody holds any more, if that can be done."""
        if token:
            with suppress(ClientError):
                request = auth_pb2.LogoutRequest()
                await self._line.call(self._auth.Logout, request, metadata=bearing(token))
