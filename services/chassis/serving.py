"""A service process from start to stop: gRPC, health that means it, and one plain-HTTP port.

SIGTERM turns health red first, then waits until the gateway has seen it, then lets running calls
end.
"""

import asyncio
import functools
import gc
import signal
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog
import uvloop
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.chassis.access import NoteRefusal, access, unnoted
from services.chassis.failures import Failures
from services.chassis.layers import Layer, handlers
from services.chassis.observation import observation
from services.chassis.pages import Page, plain_http
from services.chassis.settings import Listen, ServerSettings
from services.chassis.stopping import beside
from services.chassis.tokens import Verify, VerifyService, refuse_services

logger = structlog.get_logger()
Probe = Callable[[], Awaitable[object]]
# A store that is gone says so at once; one that is slow, on a busy machine, is not gone.
PROBE_SECONDS = 3.0
OPTIONS: Sequence[tuple[str, Any]] = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


@dataclass(frozen=True, slots=True)
class Served:
    """What a process serves: servicers by descriptor, and the probes that must pass to be ready.

    `note_refusal` is told of calls that were refused for want of a role or a scope.
    """

    services: Sequence[tuple[ServiceDescriptor, object]]
    verify: Verify
    probes: Mapping[str, Probe]
    pages: Mapping[str, Page] = field(default_factory=dict)
    interceptors: Sequence[grpc.aio.ServerInterceptor] = ()
    verify_service: VerifyService = refuse_services
    note_refusal: NoteRefusal = unnoted


def layers(settings: ServerSettings, served: Served) -> tuple[Layer, ...]:
    """Give what surrounds every call, outermost first.

    observation: outermost, so that it measures all of a call and sees its status as sent.
    failures: around everything that can fail, access included, so that nothing leaks.
    access: innermost, so that no behaviour runs for a caller who may not call it.
    """
    return (
        observation(settings.log.slow_milliseconds),
        lambda method: functools.partial(Failures, method),
        access(served.verify, served.verify_service, served.note_refusal),
    )


async def _within_time(probe: Probe) -> None:
    """Ask a probe; it begins only once it is awaited, so that a stop just then leaves nothing."""
    async with asyncio.timeout(PROBE_SECONDS):
        await probe()


class Readiness:
    """Whether the process can do its work: all probes passed when last asked; not stopping."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes
        self.stopping = False
        self.failing: dict[str, str] = dict.fromkeys(probes, "not asked yet")

    @property
    def ready(self) -> bool:
        """Whether calls should come."""
        return not self.stopping and not self.failing

    async def ask(self) -> None:
        """Ask every probe, seconds each at most, and log what changed."""
        results = await asyncio.gather(
            *(_within_time(probe) for probe in self._probes.values()),
            return_exceptions=True,
        )
        failing = {
            name: f"{type(result).__name__}: {result}"
            for name, result in zip(self._probes, results, strict=True)
            if isinstance(result, BaseException)
        }
        if failing.keys() != self.failing.keys():
            tell = logger.warning if failing else logger.info
            tell("readiness changed", failing=failing)
        self.failing = failing

    @contextmanager
    def until_left(self) -> Iterator[None]:
        """Let calls come until this is left."""
        try:
            yield
        finally:
            self.stopping = True


async def _keep_asking(readiness: Readiness) -> None:
    while True:
        await readiness.ask()
        await asyncio.sleep(1.0)


async def _keep_health(
    readiness: Readiness, servicer: health.aio.HealthServicer, names: Sequence[str]
) -> None:
    while True:
        await readiness.ask()
        state = (
            health_pb2.HealthCheckResponse.SERVING
            if readiness.ready
            else health_pb2.HealthCheckResponse.NOT_SERVING
        )
        for name in names:
            await servicer.set(name, state)
        await asyncio.sleep(1.0)


@asynccontextmanager
async def running(settings: ServerSettings, served: Served) -> AsyncIterator[int]:
    """Serve until left; gives the gRPC port. Leaving it drains: health first, then calls."""
    server = grpc.aio.server(options=OPTIONS, interceptors=list(served.interceptors))
    surrounding = layers(settings, served)
    names = ["", *(descriptor.full_name for descriptor, _ in served.services)]
    for descriptor, servicer in served.services:
        server.add_generic_rpc_handlers((handlers(descriptor, servicer, surrounding),))
    health_servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    for name in names:
        # Until its probes were asked a process is not ready; the servicer's own start says it is.
        await health_servicer.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
    port = server.add_insecure_port(f"{settings.grpc.host}:{settings.grpc.port}")
    readiness = Readiness(served.probes)
    async with plain_http(settings.http, readiness, served.pages):
        await server.start()
        logger.info("serving", grpc_port=port)
        try:
            async with beside(_keep_health(readiness, health_servicer, names)):
                with readiness.until_left():
                    yield port
        finally:
            await health_servicer.enter_graceful_shutdown()
            await asyncio.sleep(settings.drain.notice_seconds)
            await server.stop(settings.drain.grace_seconds)
            logger.info("stopped")


@asynccontextmanager
async def plain_process(listen: Listen, probes: Mapping[str, Probe]) -> AsyncIterator[None]:
    """Serve only the plain-HTTP port until left, for a process that takes no calls."""
    readiness = Readiness(probes)
    async with plain_http(listen, readiness, {}), beside(_keep_asking(readiness)):
        with readiness.until_left():
            yield


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT.

    What was built until now lives as long as the process: no collection looks at it again, so that
    none holds the loop up for long.
    """
    gc.collect()
    gc.freeze()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine on uvloop."""
    uvloop.run(main)


async def wait_for(name: str, probe: Probe, *, seconds: float = 60.0) -> None:
    """Wait until a store answers, so that services may be started in any order; then give up."""
    ends = time.monotonic() + seconds
    while True:
        try:
            await asyncio.wait_for(probe(), PROBE_SECONDS)
        except Exception as away:
            if time.monotonic() > ends:
                raise SystemExit(f"{name} did not answer within {seconds:.0f} s: {away}") from away
            logger.info("waiting", part=name, problem=str(away))
            await asyncio.sleep(0.3)
        else:
            return
