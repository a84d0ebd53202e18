"""The policy file, parsed into values that cannot be wrong."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.gateway.strict_yaml import PolicyError, StrictLoader

POLICY_FILE = Path(__file__).with_name("policy.yaml")
LOAD_FACTOR = 1_000
"""What every ceiling is multiplied by for benchmarks (`POLICY=load`)."""

UNITS = {"second": 1, "minute": 60, "hour": 3600}


class AddressClass(StrEnum):
    """Limits that are counted per client address, because no token says who calls."""

    HEALTH = "health"
    AUTH_SIGNUP = "auth_signup"
    AUTH_LOGIN = "auth_login"
    AUTH_REFRESH = "auth_refresh"


class ConnectionClass(StrEnum):
    """Limits that are counted per connection: whoever calls says no other name."""

    WEBHOOK = "webhook"


class UserClass(StrEnum):
    """Limits that are counted per person and tier."""

    ANALYTICS = "analytics"
    DEFAULT = "default"
    SYNC = "sync"


class Tier(StrEnum):
    """What a workspace may use, as the token's claim `tier` says it."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Rate(_Part):
    """So many requests at once, refilled evenly within so many seconds."""

    requests: Annotated[int, Field(gt=0)]
    seconds: Annotated[int, Field(gt=0)]

    def times(self, factor: int) -> Self:
        """Give the same pace with `factor` times the requests."""
        return self.model_copy(update={"requests": self.requests * factor})


def _rate(value: object) -> object:
    """Read `100/minute`."""
    if isinstance(value, Rate):
        return value
    found = re.fullmatch(r"([1-9][0-9]*)/([a-z]+)", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a rate such as 100/minute")
    if found[2] not in UNITS:
        raise ValueError(f"{found[2]!r} is not a unit; units are {', '.join(UNITS)}")
    return Rate(requests=int(found[1]), seconds=UNITS[found[2]])


LimitClass = AddressClass | ConnectionClass | UserClass
ReadRate = Annotated[Rate, BeforeValidator(_rate)]
Positive = Annotated[int, Field(gt=0)]
Percent = Annotated[int, Field(ge=0, le=100)]


class AddressLimits(_Part):
    """A ceiling for each class that is counted per client address."""

    health: ReadRate
    auth_signup: ReadRate
    auth_login: ReadRate
    auth_refresh: ReadRate


class ConnectionLimits(_Part):
    """A ceiling for each class that is counted per connection."""

    webhook: ReadRate


class TierLimits(_Part):
    """One class's ceiling for each tier."""

    free: ReadRate
    pro: ReadRate
    enterprise: ReadRate


class UserLimits(_Part):
    """The ceilings of each class that is counted per person."""

    analytics: TierLimits
    default: TierLimits
    sync: TierLimits


class Limits(_Part):
    """How often one may call."""

    shield: ReadRate
    unidentified: ReadRate
    per_address: AddressLimits
    per_connection: ConnectionLimits
    per_user: UserLimits
    tracked_keys: Positive

    def of_address(self, limit_class: AddressClass) -> Rate:
        """Look up the ceiling of one client address."""
        rate: Rate = getattr(self.per_address, limit_class)
        return rate

    def of_connection(self, limit_class: ConnectionClass) -> Rate:
        """Look up the ceiling of one connection."""
        rate: Rate = getattr(self.per_connection, limit_class)
        return rate

    def of_user(self, limit_class: UserClass, tier: Tier) -> Rate:
        """Look up the ceiling of one person."""
        rate: Rate = getattr(getattr(self.per_user, limit_class), tier)
        return rate


class Timeouts(_Part):
    """How long things may take."""

    request_seconds: Positive
    stream_seconds: Positive
    handshake_seconds: Positive
    headers_seconds: Positive
    upload_seconds: Positive
    idle_seconds: Positive
    drain_seconds: Positive


class Sizes(_Part):
    """How big things may be."""

    request_body_bytes: Positive
    response_body_bytes: Positive
    request_headers_kib: Positive
    connection_buffer_bytes: Positive
    heap_bytes: Positive
    connections: Positive
    streams_per_connection: Positive


class Tls(_Part):
    """What is spoken on the wire."""

    minimum_version: Literal["TLSv1_2", "TLSv1_3"]


class Tokens(_Part):
    """How access tokens are verified at the edge."""

    clock_skew_seconds: Positive
    keys_cache_seconds: Positive
    verified_cache_size: Positive


class Retries(_Part):
    """How reads are tried again."""

    attempts: Positive
    budget_percent: Percent


class Tracing(_Part):
    """What is traced."""

    sampled_percent: Percent


class Policy(_Part):
    """Everything the gateway enforces."""

    limits: Limits
    timeouts: Timeouts
    sizes: Sizes
    tls: Tls
    tokens: Tokens
    retries: Retries
    tracing: Tracing

    def with_ceilings_times(self, factor: int) -> Self:
        """Multiply every rate limit's ceiling; each is still evaluated."""
        return self.model_copy(update={"limits": _times(self.limits, factor)})


def _times(part: _Part, factor: int) -> _Part:
    """Copy `part` with each rate in it, however deep, multiplied."""
    if isinstance(part, Rate):
        return part.times(factor)
    parts = {
        name: _times(value, factor)
        for name in type(part).model_fields
        if isinstance(value := getattr(part, name), _Part)
    }
    return part.model_copy(update=parts)


def read(text: str) -> Policy:
    """Read the policy that `text` (YAML) states; PolicyError names every place that is wrong."""
    try:
        return Policy.model_validate(yaml.load(text, Loader=StrictLoader))  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise PolicyError(f"policy: not YAML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'policy'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise PolicyError(f"policy: {problems}") from error
