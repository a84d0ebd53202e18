"""Calls that the gateway sampled leave a span in its trace, and others cost none."""

from typing import Any

import grpc
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jira_analytics.auth.v1 import auth_pb2, auth_pb2_grpc
from services.chassis.layers import handlers
from services.chassis.tracing import interceptors

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Echo(auth_pb2_grpc.AuthServiceServicer):
    """Answers GetMe with nothing."""

    async def GetMe(self, request: auth_pb2.GetMeRequest, context: Any) -> auth_pb2.Me:
        return auth_pb2.Me()


@pytest.mark.parametrize(("flags", "spans"), [("01", 1), ("00", 0)])
async def test_a_span_is_made_of_what_was_sampled(flags: str, spans: int) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    server = grpc.aio.server(interceptors=interceptors(provider))
    service = auth_pb2.DESCRIPTOR.services_by_name["AuthService"]
    # What is generated answers UNIMPLEMENTED to the other methods; its types call it abstract.
    servicer: Any = Echo
    server.add_generic_rpc_handlers((handlers(service, servicer(), ()),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            traced = (("traceparent", f"00-{TRACE}-{PARENT}-{flags}"),)
            stub = auth_pb2_grpc.AuthServiceStub(channel)
            await stub.GetMe(auth_pb2.GetMeRequest(), metadata=traced, timeout=5)
    finally:
        await server.stop(0)
    found = [f"{span.context.trace_id:032x}" for span in kept.get_finished_spans()]
    assert found == [TRACE] * spans
