"""What stands behind the gateway, how its health is asked for, and when it is left alone."""

from services.gateway.deployment import Deployment, Endpoint
from services.gateway.messages import Message, socket_address, typed
from services.gateway.methods import Upstream
from services.gateway.policy import Policy
from services.gateway.routes import JWKS_CLUSTER

COLLECTOR_CLUSTER = "collector"
HEALTH_SERVICES = {
    Upstream.AUTH: "jira_analytics.auth.v1.AuthService",
    Upstream.ANALYTICS: "jira_analytics.analytics.v1.AnalyticsService",
    Upstream.SYNC: "jira_analytics.sync.v1.SyncService",
}
"""The name that each service answers gRPC health checks for."""


def clusters(policy: Policy, deployment: Deployment) -> list[Message]:
    """All clusters."""
    endpoints = {
        Upstream.AUTH: deployment.auth,
        Upstream.ANALYTICS: deployment.analytics,
        Upstream.SYNC: deployment.sync,
    }
    # Envoy's tracer wants a collector's cluster; nothing is sampled where it is empty.
    collector = () if deployment.otlp_collector is None else (deployment.otlp_collector,)
    return [
        *(_service(policy, upstream, endpoints[upstream]) for upstream in Upstream),
        _cluster(JWKS_CLUSTER, deployment.jwks),
        _cluster(COLLECTOR_CLUSTER, collector) | _speaks_http2(),
    ]


def _cluster(name: str, endpoints: tuple[Endpoint, ...]) -> Message:
    members = [{"endpoint": {"address": socket_address(endpoint)}} for endpoint in endpoints]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "lb_policy": "ROUND_ROBIN",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": members}]},
    }


def _service(policy: Policy, upstream: Upstream, endpoints: tuple[Endpoint, ...]) -> Message:
    cluster = _cluster(upstream, endpoints) | _speaks_http2()
    cluster |= {
        "name": str(upstream),
        "health_checks": [_health_check(upstream)],
        "circuit_breakers": {"thresholds": [{"retry_budget": _retry_budget(policy)}]},
        "outlier_detection": _outlier_detection(),
        "common_lb_config": {
            # Rather no endpoint than one that says it cannot serve,
            "healthy_panic_threshold": {"value": 0},
            # and at once: a ring would go on for a second with the endpoints it had.
            "update_merge_window": "0s",
        },
    }
    if upstream is Upstream.ANALYTICS:
        cluster |= _ring(cluster)
    return cluster


def _ring(cluster: Message) -> Message:
    """Keep a workspace with one process and its snapshots; one that is hot spills over."""
    return {
        "lb_policy": "RING_HASH",
        "ring_hash_lb_config": {"minimum_ring_size": 1024},
        "common_lb_config": cluster["common_lb_config"]
        | {"consistent_hashing_lb_config": {"hash_balance_factor": 150}},
    }


def _health_check(upstream: Upstream) -> Message:
    return {
        "timeout": "1s",
        "interval": "1s",
        "no_traffic_interval": "1s",
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "grpc_health_check": {"service_name": HEALTH_SERVICES[upstream]},
    }


def _retry_budget(policy: Policy) -> Message:
    return {
        "budget_percent": {"value": policy.retries.budget_percent},
        "min_retry_concurrency": 3,
    }


def _outlier_detection() -> Message:
    """Leave alone what cannot be reached; what a service answers is its health check's matter.

    An answer such as UNAVAILABLE because a store is gone would else eject every process in turn.
    """
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 5,
        "enforcing_consecutive_5xx": 0,
        "enforcing_consecutive_gateway_failure": 0,
        "enforcing_success_rate": 0,
        "enforcing_local_origin_success_rate": 0,
        "interval": "5s",
        "base_ejection_time": "10s",
        "max_ejection_percent": 50,
    }


def _speaks_http2() -> Message:
    options = typed(
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config={
            "http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "5s"}}
        },
    )
    key = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {"typed_extension_protocol_options": {key: options}}
