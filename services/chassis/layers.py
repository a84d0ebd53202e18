"""What surrounds every call, for all four kinds of calls; the order is `LAYERS` in serving.py.

A layer is entered before a method's behaviour and left after it, with the exception if there is
one. It is bound to a method once, when the server is built, so that a call pays for nothing but the
layer itself.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from services.kernel.errors import InvalidField

Context = grpc.aio.ServicerContext[Any, Any]
Behaviour = Callable[[Any, Context], Any]
# What a layer may give on entry into a stream: it is entered while an answer is on its way out.
Outward = AbstractContextManager[object]
BoundLayer = Callable[[Context], AbstractAsyncContextManager[Outward | None]]
Layer = Callable[["Method"], BoundLayer]
_PLAIN: Outward = nullcontext()


@dataclass(frozen=True, slots=True)
class Method:
    """A method as its descriptor declares it; `path` is what gRPC calls it."""

    descriptor: MethodDescriptor

    @property
    def service(self) -> str:
        """The full name of its service."""
        return str(self.descriptor.containing_service.full_name)

    @property
    def path(self) -> str:
        """Its path on the wire."""
        return f"/{self.service}/{self.descriptor.name}"


def _around(layer: BoundLayer, behaviour: Behaviour) -> Behaviour:
    async def surrounded(request: Any, context: Context) -> Any:  # noqa: ANN401 - any message
        async with layer(context):
            return await behaviour(request, context)

    return surrounded


def _around_stream(layer: BoundLayer, behaviour: Behaviour) -> Behaviour:
    async def surrounded(request: Any, context: Context) -> AsyncIterator[Any]:  # noqa: ANN401
        async with layer(context) as outward:
            async for answer in behaviour(request, context):
                with outward or _PLAIN:
                    yield answer

    return surrounded


def _serialized(answer: Message | bytes) -> bytes:
    """Let bytes through: answers from a cache are serialised already."""
    return answer if isinstance(answer, bytes) else answer.SerializeToString()


def _parsed(request: bytes, kind: type[Message]) -> Message:
    """Parse within the layers: gRPC itself would answer UNKNOWN, in Python's words."""
    try:
        return kind.FromString(request)
    except DecodeError as garbled:
        raise InvalidField("request", "this is no message of this method's") from garbled


def _parsing(method: MethodDescriptor, behaviour: Behaviour) -> Behaviour:
    kind = GetMessageClass(method.input_type)

    async def parsing(request: bytes, context: Context) -> Any:  # noqa: ANN401 - any message
        return await behaviour(_parsed(request, kind), context)

    async def parsing_stream(request: bytes, context: Context) -> AsyncIterator[Any]:
        async for answer in behaviour(_parsed(request, kind), context):
            yield answer

    return parsing_stream if method.server_streaming else parsing


def _handler(method: MethodDescriptor, servicer: object, layers: Sequence[Layer]) -> Any:  # noqa: ANN401
    behaviour = cast(Behaviour, getattr(servicer, method.name))
    if not method.client_streaming:
        behaviour = _parsing(method, behaviour)
    surround = _around_stream if method.server_streaming else _around
    for layer in reversed(layers):
        behaviour = surround(layer(Method(method)), behaviour)
    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    return kinds[method.client_streaming, method.server_streaming](
        cast(Any, behaviour),
        request_deserializer=GetMessageClass(method.input_type).FromString
        if method.client_streaming
        else None,
        response_serializer=_serialized,
    )


class Joined:
    """A servicer whose methods are in several objects, one for each area of its service."""

    def __init__(self, *areas: object) -> None:
        self._areas = areas

    def __getattr__(self, name: str) -> object:
        for area in self._areas:
            if hasattr(area, name):
                return getattr(area, name)
        raise AttributeError(f"no area has the method {name}")


def handlers(
    service: ServiceDescriptor, servicer: object, layers: Sequence[Layer]
) -> grpc.GenericRpcHandler:
    """Make a service's handlers: every method of its descriptor, each surrounded by every layer.

    AttributeError where the servicer lacks a method: an RPC that does nothing is not served.
    """
    return grpc.method_handlers_generic_handler(
        service.full_name,
        {method.name: _handler(method, servicer, layers) for method in service.methods},
    )
