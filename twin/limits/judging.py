"""Which limit a call runs into, and what each answer says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from twin.limits.points import HOUR_MS, Quota, reset_ms
from twin.limits.rates import Bucket, Buckets, Writes
from twin.paging import Share

_NEAR = 0.2  # less than this share left is near
_TOLD = 0.2  # only when less is left do the policies say how much

APP = "global-app-quota"
TENANT = "tenant-quota"


class Limits(BaseModel):
    """Which limits hold. Shares are by seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    app_points: Annotated[int, Field(ge=1)] | None = None  # an hour, of all sites of the app
    tenant_points: Annotated[int, Field(ge=1)] | None = None  # an hour, of this site
    burst_scale: Annotated[float, Field(gt=0)] | None = None  # of Jira's own rates
    issue_writes: bool = False
    beta: bool = False  # the policies' headers begin with Beta-
    without_seconds: Share = 0  # of the resets are told to the minute
    gateway: Share = 0  # of the calls are refused before Jira, with no word of when


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: the method, the path template, and the issue it writes to, if any."""

    method: str
    path: str
    writes_to: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a call is refused, and after how many milliseconds it may be tried."""

    reason: str
    wait_ms: int


@dataclass(slots=True)
class Judge:
    """Holds calls against the limits of a site; `app` may be shared with other sites."""

    limits: Limits
    app: Quota | None = None
    _tenant: Quota | None = field(init=False, default=None)
    _buckets: Buckets | None = field(init=False, default=None)
    _writes: Writes | None = field(init=False, default=None)
    _luck: Random = field(init=False)

    def __post_init__(self) -> None:
        asked = self.limits
        self._luck = Random(asked.seed)
        if self.app is None and asked.app_points is not None:
            self.app = Quota(APP, asked.app_points)
        if asked.tenant_points is not None:
            self._tenant = Quota(TENANT, asked.tenant_points)
        if asked.burst_scale is not None:
            self._buckets = Buckets(asked.burst_scale)
        if asked.issue_writes:
            self._writes = Writes()

    def gateway_refuses(self) -> bool:
        """Say whether the gateway before Jira refuses the next call."""
        return self._luck.random() < self.limits.gateway

    def refusal(self, call: Call, now_ms: int) -> Verdict | None:
        """Say why a call is refused, if it is; a call that is not takes its token."""
        for quota, reason in (
            (self.app, "jira-quota-global-based"),
            (self._tenant, "jira-quota-tenant-based"),
        ):
            if quota is not None and not quota.left(now_ms):
                return Verdict(reason, reset_ms(now_ms) - now_ms)
        bucket = self._bucket(call, now_ms)
        if bucket is not None and not bucket.take(now_ms):
            return Verdict("jira-burst-based", 1_000)
        if self._writes is not None and call.writes_to is not None:
            wait_ms = self._writes.wait_ms(call.writes_to, now_ms)
            if wait_ms:
                return Verdict("jira-per-issue-on-write", wait_ms)
        return None

    def spend(self, points: int, now_ms: int) -> None:
        """Charge what an answer cost."""
        for quota in self._quotas():
            quota.spend(points, now_ms)

    def headers(self, call: Call, now_ms: int, verdict: Verdict | None) -> dict[str, str]:
        """Say how near the limits are; `now_ms` is what the site takes for now."""
        said = {**self._rate_headers(call, now_ms), **self._policy_headers(now_ms)}
        if verdict is not None:
            said |= {
                "Retry-After": str(max(1, -(-verdict.wait_ms // 1000))),
                "RateLimit-Reason": verdict.reason,
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-NearLimit": "true",
                "X-RateLimit-Reset": self._instant(now_ms + verdict.wait_ms),
            }
            said.setdefault("X-RateLimit-Limit", str(self._limit(verdict)))
        return said

    def _rate_headers(self, call: Call, now_ms: int) -> Mapping[str, str]:
        bucket = self._bucket(call, now_ms)
        if bucket is None:
            return {}
        near = bucket.tokens < bucket.capacity * _NEAR
        return {
            "X-RateLimit-Limit": f"{bucket.capacity:.0f}",
            "X-RateLimit-Remaining": f"{int(bucket.tokens)}",
            "X-RateLimit-Reset": self._instant(now_ms + 1_000),
            **({"X-RateLimit-NearLimit": "true"} if near else {}),
        }

    def _policy_headers(self, now_ms: int) -> Mapping[str, str]:
        quotas = list(self._quotas())
        if not quotas:
            return {}
        self._luck.shuffle(quotas)
        prefix = "Beta-" if self.limits.beta else ""
        seconds = (reset_ms(now_ms) - now_ms) // 1000
        policies = [f'"{one.name}";q={one.limit};w={HOUR_MS // 1000}' for one in quotas]
        said = {f"{prefix}RateLimit-Policy": ", ".join(policies)}
        told = [
            f'"{one.name}";r={one.left(now_ms)};t={seconds}'
            for one in quotas
            if one.share_left(now_ms) < _TOLD
        ]
        if told:
            said[f"{prefix}RateLimit"] = ", ".join(told)
            said["X-RateLimit-NearLimit"] = "true"
        return said

    def _quotas(self) -> list[Quota]:
        return [quota for quota in (self.app, self._tenant) if quota is not None]

    def _bucket(self, call: Call, now_ms: int) -> Bucket | None:
        return self._buckets.of(call.method, call.path, now_ms) if self._buckets else None

    def _limit(self, verdict: Verdict) -> int:
        by_reason = {"jira-quota-global-based": self.app, "jira-quota-tenant-based": self._tenant}
        quota = by_reason.get(verdict.reason)
        return quota.limit if quota is not None else 20

    def _instant(self, at_ms: int) -> str:
        """Write a reset: ISO 8601, now and then to the minute only, which is earlier."""
        shape = "%Y-%m-%dT%H:%MZ" if self._luck.random() < self.limits.without_seconds else None
        return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime(shape or "%Y-%m-%dT%H:%M:%SZ")
