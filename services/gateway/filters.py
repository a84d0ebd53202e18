"""The HTTP filters, in the one order that holds.

Requests pass them downwards, answers upwards; each line of `http_filters` says why it stands there.
"""

from services.gateway.access_log import cache_reader
from services.gateway.clusters import HEALTH_SERVICES
from services.gateway.deployment import Deployment
from services.gateway.limits import CLAIMS, JWT_FILTER, LIMITED, LOCAL_RATE_LIMIT, PATH_READER
from services.gateway.messages import TYPE_PREFIX, Message, extension, from_file, header, seconds
from services.gateway.methods import Contract
from services.gateway.policy import Policy
from services.gateway.routes import (
    HEALTH_PATH,
    JWKS_CLUSTER,
    JWKS_PATH,
    WORKSPACE_HEADER,
    public_matches,
    verb_match,
)
from services.gateway.transcoding import NAME as TRANSCODER
from services.gateway.transcoding import transcoder

HTTP = "envoy.extensions.filters.http."
ISSUER = "jira-analytics"
AUDIENCE = "jira-analytics-api"
PROVIDER = "access_tokens"


def http_filters(policy: Policy, deployment: Deployment, contract: Contract) -> list[Message]:
    """Every filter, the outermost first."""
    return [
        _answer_headers(),  # sees an answer last, with the limits' headers on it
        extension("grpc_web", f"{HTTP}grpc_web.v3.GrpcWeb"),  # from here on gRPC-Web is gRPC
        _limit(deployment, "limit_shield"),  # before anything that costs
        extension(PATH_READER, f"{HTTP}header_to_metadata.v3.Config"),  # reads where routes say so
        _limit(deployment, "limit_address"),  # before the tokens, for calls that have none
        _body_limit(policy),
        _health(),
        _tokens(policy, deployment, contract),
        _limit(deployment, "limit_user"),  # after the tokens: it counts by what they say
        cache_reader(),  # within the transcoder's reach of the service's headers
        {"name": TRANSCODER, "typed_config": transcoder(policy, deployment, contract)},
        extension("router", f"{HTTP}router.v3.Router", suppress_envoy_headers=True),
    ]


def _answer_headers() -> Message:
    """Say of every answer how to treat it.

    The marker of our own 429 becomes a Retry-After; one that a service sends stays as it is. An
    answer is its caller's alone and some hold tokens: none is kept, unless a service says so.
    """
    return extension(
        "answer_headers",
        f"{HTTP}header_mutation.v3.HeaderMutation",
        mutations={
            "response_mutations": [
                {
                    "append": header(
                        LIMITED, "%RESP(x-ratelimit-reset)%", action="OVERWRITE_IF_EXISTS"
                    )
                },
                {"append": header("retry-after", f"%RESP({LIMITED})%", action="ADD_IF_ABSENT")},
                {"remove": LIMITED},
                {"remove": "x-envoy-upstream-healthchecked-cluster"},
                {"append": header("cache-control", "no-store", action="ADD_IF_ABSENT")},
                {"append": header("x-content-type-options", "nosniff")},
            ]
        },
    )


def _limit(deployment: Deployment, name: str) -> Message:
    source = from_file(deployment.folder / f"{name}.yaml")
    discovery = {"config_source": source, "type_urls": [TYPE_PREFIX + LOCAL_RATE_LIMIT]}
    return {"name": name, "config_discovery": discovery}


def _body_limit(policy: Policy) -> Message:
    return extension(
        "body_size_limit",
        f"{HTTP}body_size_limit.v3.BodySizeLimit",
        max_request_bytes=policy.sizes.request_body_bytes,
    )


def _health() -> Message:
    """200 while each service has an endpoint that is healthy, else 503."""
    return extension(
        "health",
        f"{HTTP}health_check.v3.HealthCheck",
        pass_through_mode=False,
        headers=[
            {"name": ":path", "string_match": {"safe_regex": {"regex": rf"{HEALTH_PATH}(\?.*)?"}}},
            verb_match("GET"),
        ],
        # One of up to a hundred is enough.
        cluster_min_healthy_percentages={str(name): {"value": 1} for name in HEALTH_SERVICES},
    )


def _tokens(policy: Policy, deployment: Deployment, contract: Contract) -> Message:
    """Every address needs a token, but for those of public methods."""
    jwks = deployment.jwks[0]
    tokens = policy.tokens
    provider = {
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "remote_jwks": {
            "http_uri": {
                "uri": f"http://{jwks.address}:{jwks.port}{JWKS_PATH}",
                "cluster": JWKS_CLUSTER,
                "timeout": "2s",
            },
            "cache_duration": seconds(tokens.keys_cache_seconds),
            "async_fetch": {"failed_refetch_duration": "1s"},
            "retry_policy": {"num_retries": 2},
        },
        # Named, because the default would take one from the query too.
        "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}],
        "forward": True,
        "require_expiration": True,
        "clock_skew_seconds": tokens.clock_skew_seconds,
        "jwt_cache_config": {"jwt_cache_size": tokens.verified_cache_size},
        "payload_in_metadata": CLAIMS,
        "claim_to_headers": [{"header_name": WORKSPACE_HEADER, "claim_name": "wid"}],
    }
    public: list[Message] = [{"match": match} for match in public_matches(contract)]
    everything = {"match": {"prefix": "/"}, "requires": {"provider_name": PROVIDER}}
    return extension(
        JWT_FILTER,
        f"{HTTP}jwt_authn.v3.JwtAuthentication",
        providers={PROVIDER: provider},
        rules=[*public, everything],
    )
