"""Logs in JSON, metrics for Prometheus, traces of what the gateway sampled."""

import logging
import sys
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import aio_server_interceptor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import Counter, Histogram

from services.chassis.settings import Log, Otel

CALL_SECONDS = Histogram(
    "grpc_server_handling_seconds",
    "How long calls took.",
    ["grpc_service", "grpc_method"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
CALLS = Counter(
    "grpc_server_handled",
    "How calls ended.",
    ["grpc_service", "grpc_method", "grpc_code"],
)
SAMPLED_FLAG = 0x01


def start_logging(service: str, settings: Log) -> None:
    """Log one JSON object a line to standard output; third parties' warnings too."""
    logging.basicConfig(
        format=f'{{"level":"warning","service":"{service}","message":"%(name)s: %(message)s"}}',
        level=logging.WARNING,
        stream=sys.stdout,
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def sampled(call_details: Any) -> bool:  # noqa: ANN401 - an object of gRPC's core, without a public type
    """Tell whether the gateway sampled this call: a span for any other is work for nothing."""
    for key, value in call_details.invocation_metadata or ():
        if key == "traceparent":
            return bool(int(value.rpartition("-")[2] or "0", 16) & SAMPLED_FLAG)
    return False


def start_tracing(service: str, settings: Otel) -> list[Any]:
    """Send spans to the collector, if there is one; gives the interceptors this needs."""
    if settings.endpoint is None:
        return []
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint, insecure=True))
    )
    trace.set_tracer_provider(provider)
    # The package has no types.
    return [aio_server_interceptor(tracer_provider=provider, filter_=sampled)]  # type: ignore[no-untyped-call]
