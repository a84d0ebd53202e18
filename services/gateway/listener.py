"""The one listener, hardened as Envoy's edge guide says."""

from services.gateway.access_log import access_loggers
from services.gateway.clusters import COLLECTOR_CLUSTER
from services.gateway.deployment import Deployment
from services.gateway.filters import http_filters
from services.gateway.messages import (
    CLIENT_CONTENT_TYPE,
    Message,
    extension,
    from_file,
    header,
    seconds,
    socket_address,
    typed,
)
from services.gateway.methods import Contract
from services.gateway.policy import Policy
from services.gateway.replies import local_replies
from services.gateway.routes import NAME as ROUTES
from services.gateway.routes import WORKSPACE_HEADER

CERTIFICATE = "certificate"
# Who calls is what the token says; whose trace a request belongs to, the gateway says.
STRIPPED = (
    WORKSPACE_HEADER,
    "x-user-id",
    "x-tier",
    "x-role",
    "traceparent",
    "tracestate",
    CLIENT_CONTENT_TYPE,
)


def listener(policy: Policy, deployment: Deployment, contract: Contract) -> Message:
    """Render the listener that clients meet."""
    connection_manager = extension(
        "http",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        **_connection_manager(policy, deployment),
        http_filters=http_filters(policy, deployment, contract),
    )
    return {
        "name": "clients",
        "address": socket_address(deployment.listen),
        "per_connection_buffer_limit_bytes": policy.sizes.connection_buffer_bytes,
        # So that a second gateway on the same port fails instead of taking half of the clients.
        "enable_reuse_port": False,
        "filter_chains": [
            {
                "transport_socket": _tls(policy, deployment),
                "transport_socket_connect_timeout": seconds(policy.timeouts.handshake_seconds),
                "filters": [connection_manager],
            }
        ],
    }


def _tls(policy: Policy, deployment: Deployment) -> Message:
    source = from_file(deployment.folder / "sds.yaml")
    return extension(
        "tls",
        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_params": {"tls_minimum_protocol_version": policy.tls.minimum_version},
            "tls_certificate_sds_secret_configs": [{"name": CERTIFICATE, "sds_config": source}],
        },
    )


def certificate(deployment: Deployment) -> Message:
    """Render the secret file's one resource."""
    return typed(
        "envoy.extensions.transport_sockets.tls.v3.Secret",
        name=CERTIFICATE,
        tls_certificate={
            "certificate_chain": {"filename": str(deployment.certificate_chain)},
            "private_key": {"filename": str(deployment.private_key)},
        },
    )


def _connection_manager(policy: Policy, deployment: Deployment) -> Message:
    source = from_file(deployment.folder / "rds.yaml")
    return {
        "stat_prefix": "clients",
        "codec_type": "AUTO",
        **_addresses_and_paths(),
        **_patience(policy),
        "max_request_headers_kb": policy.sizes.request_headers_kib,
        "server_name": "jira-analytics",
        "early_header_mutation_extensions": [_early_mutation()],
        "http_protocol_options": {"enable_trailers": True},
        "http2_protocol_options": {
            "max_concurrent_streams": policy.sizes.streams_per_connection,
            "initial_stream_window_size": 65_536,
            "initial_connection_window_size": 1_048_576,
        },
        "tracing": _tracing(policy, deployment),
        "rds": {"route_config_name": ROUTES, "config_source": source},
        "local_reply_config": local_replies(),
        "access_log": access_loggers(deployment),
    }


def _addresses_and_paths() -> Message:
    return {
        "use_remote_address": True,
        "xff_num_trusted_hops": 0,
        # No address is internal: a client on this machine is a stranger as well. Left out, all
        # private addresses are; so this names one that no client has.
        "internal_address_config": {
            "cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]
        },
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
    }


def _patience(policy: Policy) -> Message:
    timeouts = policy.timeouts
    return {
        "request_headers_timeout": seconds(timeouts.headers_seconds),
        "request_timeout": seconds(timeouts.upload_seconds),
        "stream_idle_timeout": seconds(timeouts.idle_seconds),
        "drain_timeout": seconds(timeouts.drain_seconds),
        "common_http_protocol_options": {
            "idle_timeout": seconds(timeouts.idle_seconds),
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
    }


def _early_mutation() -> Message:
    """Take off what only we may say and note what is rewritten, before anything reads it."""
    return extension(
        "strip",
        "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=[
            *({"remove": name} for name in STRIPPED),
            {"remove_on_match": {"key_matcher": {"prefix": "x-envoy-"}}},
            {"append": header(CLIENT_CONTENT_TYPE, "%REQ(content-type)%")},
        ],
    )


def _tracing(policy: Policy, deployment: Deployment) -> Message:
    """Trace always, for the trace's id in the log and towards the services."""
    provider = extension(
        "envoy.tracers.opentelemetry",
        "envoy.config.trace.v3.OpenTelemetryConfig",
        service_name="gateway",
        grpc_service={"envoy_grpc": {"cluster_name": COLLECTOR_CLUSTER}, "timeout": "1s"},
    )
    sampled = 0 if deployment.otlp_collector is None else policy.tracing.sampled_percent
    return {"provider": provider, "random_sampling": {"value": sampled}}
