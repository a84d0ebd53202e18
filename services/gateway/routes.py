"""Routes: two for each method of the contract, REST and gRPC, and one for whatever is neither."""

import re

from services.gateway.deployment import Deployment
from services.gateway.limits import LIMIT_KEY, PATH_NOTED, PATH_READER, ROUTE_METADATA
from services.gateway.messages import Message, header, seconds, typed
from services.gateway.methods import VARIABLE, Contract, Method, Upstream
from services.gateway.policy import AddressClass, ConnectionClass, LimitClass, Policy, UserClass
from services.gateway.transcoding import NAME as TRANSCODER
from services.gateway.transcoding import lenient_transcoder

NAME = "routes"
HEALTH_PATH = "/api/health"
JWKS_PATH = "/.well-known/jwks.json"
JWKS_CLUSTER = "jwks"
WORKSPACE_HEADER = "x-workspace-id"
CACHE_HEADER = "x-cache-hit"
DEADLINE_MARGIN_MILLISECONDS = 500

FILTER_OFF = typed("envoy.config.route.v3.FilterConfig", disabled=True)


def path_match(template: str) -> Message:
    """Match a path without its query; a segment in braces stands for any that is not empty."""
    if not VARIABLE.search(template):
        return {"path": template}
    literals = (re.escape(literal) for literal in VARIABLE.split(template))
    return {"safe_regex": {"regex": "[^/]+".join(literals)}}


def verb_match(verb: str) -> Message:
    """Match the HTTP verb."""
    return {"name": ":method", "string_match": {"exact": verb}}


def rest_match(method: Method) -> Message:
    """Match a method's REST address."""
    return path_match(method.template) | {"headers": [verb_match(method.verb)]}


def grpc_match(method: Method) -> Message:
    """Match a method's gRPC and gRPC-Web address."""
    speaks_grpc = {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
    return {"path": method.grpc_path, "headers": [verb_match("POST"), speaks_grpc]}


HEALTH_MATCH = {"path": HEALTH_PATH, "headers": [verb_match("GET")]}
JWKS_MATCH = {"path": JWKS_PATH, "headers": [verb_match("GET")]}


def public_matches(contract: Contract) -> list[Message]:
    """List all that may be asked for without a token, derived from the contract."""
    return [
        HEALTH_MATCH,
        JWKS_MATCH,
        *(rest_match(method) for method in contract.public_methods),
        *(grpc_match(method) for method in contract.public_methods),
    ]


def route_configuration(policy: Policy, deployment: Deployment, contract: Contract) -> Message:
    """Render the whole of the route file's one resource."""
    lenient = {TRANSCODER: lenient_transcoder(policy, deployment, contract)}
    routes = [
        _health(),
        _jwks(policy),
        *(_route(policy, method, grpc_match(method)) for method in contract.methods),
        *(_contradiction(method, name) for method in contract.methods for name in method.variables),
        *(
            _route(
                policy,
                method,
                rest_match(method),
                filters=lenient if method.is_told_by_sites else {},
            )
            for method in contract.methods
        ),
        _nowhere(),
    ]
    return typed(
        "envoy.config.route.v3.RouteConfiguration",
        name=NAME,
        virtual_hosts=[{"name": "all", "domains": ["*"], "routes": routes}],
    )


def _limited_by(limit: LimitClass) -> Message:
    """Say which limit counts, and which of the two filters is not concerned."""
    other = "limit_address" if isinstance(limit, UserClass) else "limit_user"
    reading = {PATH_READER: PATH_NOTED} if isinstance(limit, ConnectionClass) else {}
    return {
        "metadata": {"filter_metadata": {ROUTE_METADATA: {LIMIT_KEY: str(limit)}}},
        "typed_per_filter_config": {other: FILTER_OFF, **reading},
    }


def _health() -> Message:
    # The health filter answers first: the route only says which limit counts.
    return {
        "match": HEALTH_MATCH,
        "direct_response": {"status": 503},
        **_limited_by(AddressClass.HEALTH),
    }


def _jwks(policy: Policy) -> Message:
    limited = _limited_by(AddressClass.HEALTH)
    limited["typed_per_filter_config"] |= {TRANSCODER: FILTER_OFF}
    timeout = seconds(policy.timeouts.request_seconds)
    return {"match": JWKS_MATCH, "route": {"cluster": JWKS_CLUSTER, "timeout": timeout}, **limited}


def _contradiction(method: Method, variable: str) -> Message:
    """Refuse a query that says again what the path says: the transcoder would take the query's.

    It knows a field by its JSON name as well, and unescapes names; none of ours needs to be.
    """
    json_name = re.sub(r"_([a-z])", lambda found: found[1].upper(), variable)
    said_again = rf"[^?]*\?(.*&)?({variable}|{json_name}|[^=&]*%[^=&]*)([=&].*)?"
    match = rest_match(method)
    match["headers"].append(
        {"name": ":path", "string_match": {"safe_regex": {"regex": said_again}}}
    )
    return {
        "match": match,
        "direct_response": {"status": 400},
        **_limited_by(method.limit),
    }


def _nowhere() -> Message:
    return {
        "match": {"prefix": "/"},
        "direct_response": {"status": 404},
        **_limited_by(UserClass.DEFAULT),
    }


def _route(
    policy: Policy, method: Method, match: Message, *, filters: Message | None = None
) -> Message:
    timeouts = policy.timeouts
    limit = timeouts.stream_seconds if method.is_stream else timeouts.request_seconds
    action: Message = {"cluster": str(method.upstream), "timeout": seconds(limit)}
    if method.is_stream:
        # A job may wait for its site's patience without a word.
        action["idle_timeout"] = seconds(limit)
    if method.is_read:
        action["retry_policy"] = _retries(policy)
    answer: Message = {}
    if method.upstream is Upstream.ANALYTICS:
        action["hash_policy"] = [{"header": {"header_name": WORKSPACE_HEADER}}]
        # Analytics says only that an answer is fresh: to say anything before the answer would cost
        # a warm read a quarter of its CPU.
        answer["response_headers_to_add"] = [header(CACHE_HEADER, "true", action="ADD_IF_ABSENT")]
    limited = _limited_by(method.limit)
    limited["typed_per_filter_config"] |= filters or {}
    return {
        "match": match,
        "route": action,
        **answer,
        # A REST client states no deadline; the services pass this one on to their stores.
        "request_headers_to_add": [
            header("grpc-timeout", _deadline(limit), action="ADD_IF_ABSENT")
        ],
        **limited,
    }


def _deadline(limit_seconds: int) -> str:
    """Let the gateway's own answer, which gives its reason, come before the gRPC library's."""
    return f"{limit_seconds * 1000 + DEADLINE_MARGIN_MILLISECONDS}m"


def _retries(policy: Policy) -> Message:
    return {
        "retry_on": "connect-failure,refused-stream,unavailable",
        "num_retries": policy.retries.attempts,
        "retry_host_predicate": [
            {
                "name": "previous_hosts",
                "typed_config": typed(
                    "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
                ),
            }
        ],
        "host_selection_retry_max_attempts": 3,
    }
