"""A person: their tokens are kept in a file that programs share, and renewed once for all."""

import asyncio
import secrets
import time

from client.bearer.bearer import EXPIRY_MARGIN_SECONDS
from client.bearer.refreshing import refresh
from client.channel import Line
from client.failures import ClientError, NotSignedIn, Refused
from client.session import Session, SessionFile
from jira_analytics.auth.v1 import auth_pb2

DOES_NOT_HOLD = {"REFRESH_TOKEN_INVALID", "TOKEN_INVALID"}


class Person:
    """The bearer of the tokens of whoever is signed in at a gateway."""

    def __init__(self, line: Line, sessions: SessionFile) -> None:
        self._line = line
        self._origin = line.gateway.origin
        self._sessions = sessions
        self._renewing = asyncio.Lock()
        self._trades: set[asyncio.Task[Session]] = set()
        self._session = sessions.read(self._origin)

    async def close(self) -> None:
        """Wait for new tokens that are on their way: the ones before them are spent."""
        await asyncio.gather(*self._trades, return_exceptions=True)

    @property
    def email(self) -> str:
        """Tell who is signed in; empty where nobody is."""
        return self._session.email if self._session else ""

    @property
    def last_token(self) -> str:
        """Give the access token that was kept last, whether or not it holds; or nothing."""
        return self._session.access_token if self._session else ""

    async def token(self) -> str:
        """Give an access token that holds by this machine's clock."""
        session = self._signed_in()
        if _expired(session):
            return await self.renewed(instead_of=session.access_token)
        return session.access_token

    async def renewed(self, *, instead_of: str) -> str:
        """Trade the refresh token for new tokens, unless another call or program just did."""
        async with self._renewing:
            session = self._signed_in()
            if session.access_token == instead_of or _expired(session):
                # Whoever gives up waiting does not stop it: a token that was traded is spent.
                session = await asyncio.shield(self._begun(session, instead_of=instead_of))
            return session.access_token

    def ended(self) -> NotSignedIn:
        """Say that the session has ended."""
        return NotSignedIn(self._origin, was=True)

    async def remember(self, email: str, tokens: auth_pb2.Tokens) -> None:
        """Keep the tokens of a session that just began."""
        async with self._sessions.alone():
            self._keep(tokens, email=email, stay=secrets.token_hex(8))

    async def forget(self) -> None:
        """Take the tokens out of memory and file."""
        async with self._sessions.alone():
            self._sessions.forget(self._origin)
            self._session = None

    def _signed_in(self) -> Session:
        if self._session is None:
            raise NotSignedIn(self._origin, was=False)
        return self._session

    def _begun(self, session: Session, *, instead_of: str) -> asyncio.Task[Session]:
        task = asyncio.create_task(self._trade(session, instead_of=instead_of))
        self._trades.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Session]) -> None:
        self._trades.discard(task)
        if not task.cancelled():
            # Whoever waited heard of it; where nobody did, nothing is to be said.
            task.exception()

    async def _trade(self, session: Session, *, instead_of: str) -> Session:
        async with self._sessions.alone():
            kept = self._sessions.read(self._origin)
            if kept is None:
                raise self.ended()
            if kept.stay != session.stay:
                raise _another_session()
            if kept.access_token == instead_of or _expired(kept):
                tokens = await self._refreshed(kept)
                return self._keep(tokens, email=kept.email, stay=kept.stay)
            self._session = kept
            return kept

    async def _refreshed(self, session: Session) -> auth_pb2.Tokens:
        try:
            return await refresh(self._line, session.refresh_token)
        except Refused as error:
            if error.reason in DOES_NOT_HOLD:
                raise self.ended() from error
            raise

    def _keep(self, tokens: auth_pb2.Tokens, *, email: str, stay: str) -> Session:
        session = Session(
            email=email,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            access_expires=time.time() + tokens.expires_in,
            stay=stay,
        )
        self._sessions.keep(self._origin, session)
        self._session = session
        return session


def _expired(session: Session) -> bool:
    return session.access_expires - EXPIRY_MARGIN_SECONDS <= time.time()


def _another_session() -> ClientError:
    """Refuse to go on as somebody else, or in another workspace."""
    return ClientError(
        "somebody signed in or switched the workspace while this ran",
        advice="look with: jira-analytics whoami, and run it again",
    )
