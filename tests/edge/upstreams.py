"""Small real services behind the gateway that answer anything and remember what was asked."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.gateway.clusters import HEALTH_SERVICES
from services.gateway.deployment import Endpoint
from services.gateway.methods import Upstream
from tests.edge.served_methods import INNER_METHODS, METHODS

Behaviour = Callable[[Any, grpc.ServicerContext], Any]

LOCALHOST = "127.0.0.1"
# As much as services take; gRPC's own default is half of it.
METADATA_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One call that came through."""

    upstream: str
    """The name of the process that took it, for example `analytics-1`."""
    path: str
    metadata: dict[str, str]
    request: Any
    seconds_left: float | None


@dataclass(slots=True)
class Memory:
    """What came through, and what is to be answered."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=10_000))
    behaviours: dict[str, Behaviour] = field(default_factory=dict)

    @property
    def last(self) -> Call:
        """The latest call."""
        return self.calls[-1]

    @contextmanager
    def answering(self, path: str, behaviour: Behaviour) -> Iterator[None]:
        """Let one method answer otherwise for a while."""
        self.behaviours[path] = behaviour
        try:
            yield
        finally:
            del self.behaviours[path]


class _AnyMethod(grpc.GenericRpcHandler):
    """Serves every method of the contract with a recognisable answer."""

    def __init__(self, name: str, memory: Memory) -> None:
        self._name = name
        self._memory = memory

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        path = details.method
        method = METHODS.get(path) or INNER_METHODS.get(path)
        if method is None:
            return None
        reads = message_factory.GetMessageClass(method.input_type).FromString
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(
                lambda request, context: self._stream(method, path, request, context),
                request_deserializer=reads,
                response_serializer=_bytes,
            )
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._answer(method, path, request, context),
            request_deserializer=reads,
            response_serializer=_bytes,
        )

    def _remember(self, path: str, request: Message, context: grpc.ServicerContext) -> None:
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        left = context.time_remaining()
        self._memory.calls.append(Call(self._name, path, metadata, request, left))

    def _answer(
        self, method: MethodDescriptor, path: str, request: Message, context: grpc.ServicerContext
    ) -> Message:
        self._remember(path, request, context)
        if path in self._memory.behaviours:
            answer: Message = self._memory.behaviours[path](request, context)
            return answer
        return _recognisable(method)

    def _stream(
        self, method: MethodDescriptor, path: str, request: Message, context: grpc.ServicerContext
    ) -> Iterator[Message]:
        self._remember(path, request, context)
        if path in self._memory.behaviours:
            yield from self._memory.behaviours[path](request, context)
            return
        for _ in range(3):
            yield _recognisable(method)


def _bytes(message: Message) -> bytes:
    return message.SerializeToString()


def _recognisable(method: MethodDescriptor) -> Message:
    """Fill the first text of an answer with the method's name."""
    answer = message_factory.GetMessageClass(method.output_type)()
    texts = [one.name for one in method.output_type.fields if one.type == one.TYPE_STRING]
    for name in texts[:1]:
        setattr(answer, name, f"answer of {method.name}")
    return answer


class Service:
    """One process's worth of a service, on a port that is kept over stops and starts."""

    def __init__(self, name: str, upstream: Upstream, memory: Memory) -> None:
        self.name = name
        self._health_name = HEALTH_SERVICES[upstream]
        self._memory = memory
        self._port = 0
        self.start()

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint(LOCALHOST, self._port)

    def start(self) -> None:
        """Serve, on the same port as before."""
        self._health = health.HealthServicer()
        options = [("grpc.so_reuseport", 0), ("grpc.max_metadata_size", METADATA_BYTES)]
        self._server = grpc.server(ThreadPoolExecutor(16), options=options)
        self._server.add_generic_rpc_handlers((_AnyMethod(self.name, self._memory),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._port = self._server.add_insecure_port(f"{LOCALHOST}:{self._port}")
        self.say(serving=True)
        self._server.start()

    def say(self, *, serving: bool) -> None:
        """Tell health checks how it is."""
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if serving else states.NOT_SERVING
        self._health.set(self._health_name, state)

    def stop(self) -> None:
        """Stop, at once."""
        self._server.stop(0).wait(5)


class KeyServer:
    """Auth's plain-HTTP port."""

    def __init__(self, jwks: bytes) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(jwks)))
                self.end_headers()
                self.wfile.write(jwks)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
                pass

        self._server = ThreadingHTTPServer((LOCALHOST, 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint(LOCALHOST, self._server.server_port)

    @property
    def url(self) -> str:
        """Where its keys are."""
        return f"http://{LOCALHOST}:{self._server.server_port}/"

    def stop(self) -> None:
        """Stop and give the port back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Upstreams:
    """All that stands behind the gateway: one of each service, two of analytics, and the keys."""

    def __init__(self, jwks: bytes) -> None:
        self.memory = Memory()
        self._stack = ExitStack()
        self.auth = self._started("auth", Upstream.AUTH)
        self.analytics = tuple(
            self._started(f"analytics-{number}", Upstream.ANALYTICS) for number in (1, 2)
        )
        self.sync = self._started("sync", Upstream.SYNC)
        self.keys = KeyServer(jwks)
        self._stack.callback(self.keys.stop)

    def _started(self, name: str, upstream: Upstream) -> Service:
        service = Service(name, upstream, self.memory)
        self._stack.callback(service.stop)
        return service

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
