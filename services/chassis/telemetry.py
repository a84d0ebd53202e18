"""Logs in JSON, metrics for Prometheus, traces of what the gateway sampled."""

import logging
import sys
from typing import Any

import structlog
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
    )
    structlog.contextvars.bind_contextvars(service=service)


def start_tracing(service: str, settings: Otel) -> list[Any]:
    """Send spans to the collector, if there is one; gives the interceptors this needs."""
    if settings.endpoint is None:
        return []
    from services.chassis import tracing  # noqa: PLC0415 - six megabytes, where there is a collector

    return tracing.start(service, settings.endpoint)
