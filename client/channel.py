"""Calls with a deadline, a token that renews itself once, and errors a person can read."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from client.diagnosis import diagnose
from client.failures import ClientError, NotSignedIn, Refused
from client.place import Gateway
from client.refusals import info_of, refusal_of
from client.session import Session, SessionFile
from jira_analytics.auth.v1 import auth_pb2 as pb
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub

CALL_SECONDS = 20.0
"""Above the gateway's own limit, so that its word on a slow service is the one that is heard."""
STREAM_SECONDS = 3600.0
SILENT_STREAMS = 5
PAUSE_SECONDS = 0.3
EXPIRY_MARGIN_SECONDS = 10.0

TRANSIENT = {
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNAVAILABLE,
}

Asked = TypeVar("Asked", bound=Message)
Answered = TypeVar("Answered", bound=Message)


def open_channel(gateway: Gateway) -> grpc.aio.Channel:
    """Open a channel by TLS; a gateway on this machine is never looked for behind a proxy."""
    credentials = grpc.ssl_channel_credentials(root_certificates=gateway.roots)
    options = [("grpc.enable_http_proxy", int(not gateway.on_this_machine))]
    return grpc.aio.secure_channel(gateway.target, credentials, options=options)


class Calls:
    """A gateway's channel with the session of whoever is signed in there."""

    def __init__(self, gateway: Gateway, sessions: SessionFile) -> None:
        self.gateway = gateway
        self.channel = open_channel(gateway)
        self._sessions = sessions
        self._renewing = asyncio.Lock()
        self._session = sessions.read(gateway.origin)

    async def close(self) -> None:
        """Close the channel."""
        await self.channel.close()

    @property
    def email(self) -> str:
        """Tell who is signed in; empty where nobody is."""
        return self._session.email if self._session else ""

    async def public(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Asked, Answered]", request: Asked
    ) -> Answered:
        """Call a method that wants no token."""
        try:
            return await method(request, timeout=CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise await self._explained(error) from None

    async def ask(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Asked, Answered]", request: Asked
    ) -> Answered:
        """Call a method as whoever is signed in; a token that does not hold is renewed once."""
        session = await self._valid()
        try:
            return await method(request, timeout=CALL_SECONDS, metadata=_bearer(session))
        except grpc.aio.AioRpcError as error:
            if not _token_refused(error):
                raise await self._explained(error) from None
        session = await self._renewed(instead_of=session)
        try:
            return await method(request, timeout=CALL_SECONDS, metadata=_bearer(session))
        except grpc.aio.AioRpcError as error:
            raise await self._explained(error) from None

    async def follow(
        self,
        method: "grpc.aio.UnaryStreamMultiCallable[Asked, Answered]",
        request: Asked,
        *,
        is_last: Callable[[Answered], bool],
    ) -> AsyncIterator[Answered]:
        """Call a method that tells how something stands until the last answer.

        A stream that breaks is asked for again, as each begins with how things stand: after an
        hour, when the token ends, when a process behind the gateway is replaced. ClientError after
        five that brought nothing.
        """
        silent = 0
        while True:
            session = await self._valid()
            try:
                call = method(request, timeout=STREAM_SECONDS, metadata=_bearer(session))
                async for answer in call:
                    silent = 0
                    yield answer
                    if is_last(answer):
                        return
                failure = ClientError("the answers ended before the last", advice="try again")
            except grpc.aio.AioRpcError as error:
                if not _worth_asking_again(error):
                    raise await self._explained(error) from None
                if _token_refused(error):
                    await self._renewed(instead_of=session)
                failure = await self._explained(error)
            silent += 1
            if silent > SILENT_STREAMS:
                raise failure
            await asyncio.sleep(PAUSE_SECONDS * silent)

    async def remember(self, email: str, tokens: pb.Tokens) -> None:
        """Keep the tokens of a person who just signed in."""
        async with self._sessions.alone():
            self._keep(email, tokens)

    async def _valid(self) -> Session:
        if self._session is None:
            raise NotSignedIn(self.gateway.origin, was=False)
        if _expired(self._session):
            return await self._renewed(instead_of=self._session)
        return self._session

    async def _renewed(self, *, instead_of: Session) -> Session:
        """Trade the refresh token for new tokens, unless another call or process just did."""
        async with self._renewing, self._sessions.alone():
            kept = self._sessions.read(self.gateway.origin) or self._session
            if kept is None or kept.access_token == instead_of.access_token or _expired(kept):
                return await self._refresh(kept or instead_of)
            self._session = kept
            return kept

    async def _refresh(self, session: Session) -> Session:
        request = pb.RefreshRequest(refresh_token=session.refresh_token)
        try:
            tokens = await self.public(AuthServiceStub(self.channel).Refresh, request)
        except Refused as error:
            if error.reason in {"REFRESH_TOKEN_INVALID", "TOKEN_INVALID"}:
                raise NotSignedIn(self.gateway.origin, was=True) from error
            raise
        return self._keep(session.email, tokens)

    def _keep(self, email: str, tokens: pb.Tokens) -> Session:
        session = Session(
            email=email,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            access_expires=time.time() + tokens.expires_in,
        )
        self._sessions.keep(self.gateway.origin, session)
        self._session = session
        return session

    async def _explained(self, error: grpc.aio.AioRpcError) -> ClientError:
        info = info_of(error)
        if info is None:
            return await diagnose(self.gateway, said=_word(error))
        if info.reason == "TOKEN_INVALID":
            return NotSignedIn(self.gateway.origin, was=True)
        return refusal_of(error, info)


def _bearer(session: Session) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {session.access_token}"),)


def _expired(session: Session) -> bool:
    return session.access_expires - EXPIRY_MARGIN_SECONDS <= time.time()


def _token_refused(error: grpc.aio.AioRpcError) -> bool:
    return error.code() is grpc.StatusCode.UNAUTHENTICATED


def _worth_asking_again(error: grpc.aio.AioRpcError) -> bool:
    return error.code() in TRANSIENT or info_of(error) is None


def _word(error: grpc.aio.AioRpcError) -> str:
    return error.code().name.lower().replace("_", " ")
