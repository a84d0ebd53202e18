"""The three rate limits: files of their own, so that a change of routes does not refill any bucket.

Each reads what it counts from where a client cannot reach: the peer's address, the verified token,
and the limit's name from the route that matched.
"""

from services.gateway.messages import Message, header, typed
from services.gateway.policy import AddressClass, ConnectionClass, Policy, Rate, Tier, UserClass

ROUTE_METADATA = "jira_analytics"
LIMIT_KEY = "limit"
CLAIMS = "claims"
JWT_FILTER = "envoy.filters.http.jwt_authn"

LOCAL_RATE_LIMIT = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
ALWAYS = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
ADDRESS_ACTION: Message = {"remote_address": {}}
LIMIT_ACTION: Message = {
    "metadata": {
        "descriptor_key": LIMIT_KEY,
        "metadata_key": {"key": ROUTE_METADATA, "path": [{"key": LIMIT_KEY}]},
        "source": "ROUTE_ENTRY",
    }
}
# The address names the connection; its query is the caller's own.
PATH_KEY = "path"
PATH_ACTION: Message = {
    "metadata": {
        "descriptor_key": PATH_KEY,
        "metadata_key": {"key": ROUTE_METADATA, "path": [{"key": PATH_KEY}]},
    }
}
PATH_READER = "path_reader"
PATH_NOTED = typed(
    "envoy.extensions.filters.http.header_to_metadata.v3.Config",
    request_rules=[
        {
            "header": ":path",
            "on_header_present": {
                "metadata_namespace": ROUTE_METADATA,
                "key": PATH_KEY,
                "regex_value_rewrite": {
                    "pattern": {"regex": r"^([^?]*).*$"},
                    "substitution": r"\1",
                },
            },
        }
    ],
)
"""Notes the path without its query, on routes that are limited per connection."""
LIMITED = "x-limited"
"""Marks the gateway's own 429 until its Retry-After is set; no client ever sees it."""


def shield(policy: Policy) -> Message:
    """So many requests of one address, whatever they ask for."""
    rate = policy.limits.shield
    return _limit(
        "limit_shield",
        policy,
        default=rate,
        actions=[[ADDRESS_ACTION]],
        descriptors=[_descriptor([("remote_address", None)], rate)],
        shows_headers=False,
        # This filter cannot show them on its 429 alone, and on all else another one shows its own.
        on_limited={
            "retry-after": "1",
            "x-ratelimit-limit": str(rate.requests),
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "1",
        },
    )


def per_address(policy: Policy) -> Message:
    """Each class that needs no token, per client address or per connection."""
    return _limit(
        "limit_address",
        policy,
        default=policy.limits.unidentified,
        actions=[[LIMIT_ACTION, ADDRESS_ACTION], [LIMIT_ACTION, PATH_ACTION]],
        descriptors=[
            *(
                _descriptor(
                    [(LIMIT_KEY, name), ("remote_address", None)], policy.limits.of_address(name)
                )
                for name in AddressClass
            ),
            *(
                _descriptor(
                    [(LIMIT_KEY, name), (PATH_KEY, None)], policy.limits.of_connection(name)
                )
                for name in ConnectionClass
            ),
        ],
        shows_headers=True,
        on_limited={LIMITED: "1"},
    )


def per_user(policy: Policy) -> Message:
    """Each other class, per person and tier.

    A claim that is no text counts as FREE; a tier we do not know, and a token that names nobody,
    have no descriptor and share the small default bucket.
    """
    return _limit(
        "limit_user",
        policy,
        default=policy.limits.unidentified,
        actions=[[LIMIT_ACTION, _claim("tier", default=Tier.FREE), _claim("sub")]],
        descriptors=[
            _descriptor(
                [(LIMIT_KEY, name), ("tier", tier), ("sub", None)],
                policy.limits.of_user(name, tier),
            )
            for name in UserClass
            for tier in Tier
        ],
        shows_headers=True,
        on_limited={LIMITED: "1"},
    )


def _claim(name: str, *, default: str | None = None) -> Message:
    action: Message = {
        "descriptor_key": name,
        "metadata_key": {"key": JWT_FILTER, "path": [{"key": CLAIMS}, {"key": name}]},
    }
    return {"metadata": action | ({"default_value": default} if default else {})}


def _bucket(rate: Rate) -> Message:
    return {
        "max_tokens": rate.requests,
        "tokens_per_fill": rate.requests,
        "fill_interval": f"{rate.seconds}s",
    }


def _descriptor(entries: list[tuple[str, str | None]], rate: Rate) -> Message:
    """Give a bucket to each combination of values; an entry without a value stands for any."""
    return {
        "entries": [
            {"key": key} | ({"value": str(value)} if value else {}) for key, value in entries
        ],
        "token_bucket": _bucket(rate),
    }


def _limit(
    name: str,
    policy: Policy,
    *,
    default: Rate,
    actions: list[list[Message]],
    descriptors: list[Message],
    shows_headers: bool,
    on_limited: dict[str, str],
) -> Message:
    config = typed(
        LOCAL_RATE_LIMIT,
        stat_prefix=name,
        token_bucket=_bucket(default),
        filter_enabled=ALWAYS,
        filter_enforced=ALWAYS,
        always_consume_default_token_bucket=False,
        max_dynamic_descriptors=policy.limits.tracked_keys,
        rate_limited_as_resource_exhausted=True,
        enable_x_ratelimit_headers="DRAFT_VERSION_03" if shows_headers else "OFF",
        response_headers_to_add=[header(key, value) for key, value in on_limited.items()],
        rate_limits=[{"actions": one} for one in actions],
        descriptors=descriptors,
    )
    return typed("envoy.config.core.v3.TypedExtensionConfig", name=name, typed_config=config)
