"""A gateway's channel: calls with a deadline, and errors that a person can read."""

from typing import TypeVar

import grpc
from google.protobuf.message import Message

from client.diagnosis import diagnose
from client.failures import ClientError
from client.place import Gateway
from client.refusals import info_of, refusal_of

CALL_SECONDS = 20.0
"""Above the gateway's own limit, so that its word on a slow service is the one that is heard."""

Metadata = tuple[tuple[str, str], ...]
Asked = TypeVar("Asked", bound=Message)
Answered = TypeVar("Answered", bound=Message)


def open_channel(gateway: Gateway) -> grpc.aio.Channel:
    """Open a channel by TLS; a gateway on this machine is never looked for behind a proxy."""
    credentials = grpc.ssl_channel_credentials(root_certificates=gateway.roots)
    options = [
        ("grpc.enable_http_proxy", int(not gateway.on_this_machine)),
        # What a person reads in the list of their sessions.
        ("grpc.primary_user_agent", "jira-analytics"),
    ]
    return grpc.aio.secure_channel(gateway.target, credentials, options=options)


class Line:
    """A channel to a gateway, and what goes wrong on it in words."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.channel = open_channel(gateway)

    async def close(self) -> None:
        """Close the channel."""
        await self.channel.close()

    async def call(
        self,
        method: "grpc.aio.UnaryUnaryMultiCallable[Asked, Answered]",
        request: Asked,
        *,
        metadata: Metadata = (),
    ) -> Answered:
        """Call a method; ClientError for every other end than an answer."""
        try:
            return await method(request, timeout=CALL_SECONDS, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise await self.explained(error) from None

    async def explained(self, error: grpc.aio.AioRpcError) -> ClientError:
        """Say what went wrong."""
        info = info_of(error)
        if info is None:
            return await diagnose(self.gateway, said=_word(error))
        return refusal_of(error, info)


def _word(error: grpc.aio.AioRpcError) -> str:
    return error.code().name.lower().replace("_", " ")
