"""Traces by OpenTelemetry, of the calls that the gateway sampled."""

from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import aio_server_interceptor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

SAMPLED_FLAG = 0x01


def sampled(call_details: Any) -> bool:  # noqa: ANN401 - an object of gRPC's core, without a public type
    """Tell whether the gateway sampled this call: a span for any other is work for nothing."""
    for key, value in call_details.invocation_metadata or ():
        if key == "traceparent":
            return bool(int(value.rpartition("-")[2] or "0", 16) & SAMPLED_FLAG)
    return False


def start(service: str, endpoint: str) -> list[Any]:
    """Send spans to a collector; gives the interceptors this needs."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, insecure=True))
    )
    trace.set_tracer_provider(provider)
    return interceptors(provider)


def interceptors(provider: TracerProvider) -> list[Any]:
    """Make what turns sampled calls into spans; any other passes it by."""
    # The package has no types.
    return [aio_server_interceptor(tracer_provider=provider, filter_=sampled)]  # type: ignore[no-untyped-call]
