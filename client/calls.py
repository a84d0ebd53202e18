"""Calls as whoever is signed in: a token that is refused is renewed once, and asked with again."""

import asyncio
from collections.abc import AsyncIterator, Callable

import grpc

from client.bearer.bearer import Bearer
from client.channel import CALL_SECONDS, Answered, Asked, Line, Metadata
from client.failures import ClientError
from client.refusals import info_of

STREAM_SECONDS = 3600.0
SILENT_STREAMS = 5
PAUSE_SECONDS = 0.3

TRANSIENT = {
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNAVAILABLE,
}
OF_THE_TOKEN = {"TOKEN_INVALID", "TOKEN_STALE"}


class Calls:
    """A line to a gateway, with the tokens of a bearer."""

    def __init__(self, line: Line, bearer: Bearer) -> None:
        self.line = line
        self.bearer = bearer

    async def close(self) -> None:
        """End; new tokens that are on their way are kept first."""
        await self.bearer.close()
        await self.line.close()

    async def public(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Asked, Answered]", request: Asked
    ) -> Answered:
        """Call a method that wants no token."""
        return await self.line.call(method, request)

    async def ask(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Asked, Answered]", request: Asked
    ) -> Answered:
        """Call a method as whoever is signed in; a token that does not hold is renewed once."""
        token = await self.bearer.token()
        try:
            return await method(request, timeout=CALL_SECONDS, metadata=bearing(token))
        except grpc.aio.AioRpcError as error:
            if not _token_refused(error):
                raise await self._explained(error) from None
        token = await self.bearer.renewed(instead_of=token)
        try:
            return await method(request, timeout=CALL_SECONDS, metadata=bearing(token))
        except grpc.aio.AioRpcError as error:
            raise await self._explained(error) from None

    async def read(
        self, method: "grpc.aio.UnaryStreamMultiCallable[Asked, Answered]", request: Asked
    ) -> AsyncIterator[Answered]:
        """Call a method whose answers are parts of a whole: what breaks is not asked for again."""
        token, renewed = await self.bearer.token(), False
        while True:
            begun = False
            try:
                call = method(request, timeout=STREAM_SECONDS, metadata=bearing(token))
                async for answer in call:
                    begun = True
                    yield answer
                return
            except grpc.aio.AioRpcError as error:
                if begun and _token_refused(error):
                    raise ClientError("its token ended on the way", advice="try again") from None
                if begun or renewed or not _token_refused(error):
                    raise await self._explained(error) from None
            token, renewed = await self.bearer.renewed(instead_of=token), True

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
            token = await self.bearer.token()
            try:
                call = method(request, timeout=STREAM_SECONDS, metadata=bearing(token))
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
                    await self.bearer.renewed(instead_of=token)
                failure = await self._explained(error)
            silent += 1
            if silent > SILENT_STREAMS:
                raise failure
            await asyncio.sleep(PAUSE_SECONDS * silent)

    async def _explained(self, error: grpc.aio.AioRpcError) -> ClientError:
        info = info_of(error)
        if info is not None and info.reason in OF_THE_TOKEN:
            return self.bearer.ended()
        return await self.line.explained(error)


def bearing(token: str) -> Metadata:
    """Write a token as calls carry it."""
    return (("authorization", f"Bearer {token}"),)


def _token_refused(error: grpc.aio.AioRpcError) -> bool:
    """Tell whether it was the token, and not a password that came with it."""
    info = info_of(error)
    unauthenticated = error.code() is grpc.StatusCode.UNAUTHENTICATED
    return unauthenticated and (info is None or info.reason in OF_THE_TOKEN)


def _worth_asking_again(error: grpc.aio.AioRpcError) -> bool:
    return error.code() in TRANSIENT or info_of(error) is None
