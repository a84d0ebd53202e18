"""What a site's answer says of its limits: why it refuses, and how near they are (PROTOCOLS.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.kernel.ids import Instant
from services.sync.domain.retry_after import said_milliseconds

_NEAR: Final = 0.2
_SECONDS_OF_AN_HOUR: Final = 3600
# `"global-app-quota";q=65000;w=3600`: a name and numbers, in whatever order.
_POLICY: Final = re.compile(r'"([^"]*)"((?:\s*;\s*\w+\s*=\s*\d{1,12})+)')
_COUNT: Final = re.compile(r"\s*[0-9]{1,12}\s*")
_NUMBER: Final = re.compile(r"(\w+)\s*=\s*(\d+)")


class Scope(StrEnum):
    """What a refusal stops."""

    SITE = "SITE"
    """Every background call of the site: an hour's points are spent."""
    ENDPOINT = "ENDPOINT"
    """This call at this site."""
    CALL = "CALL"
    """What was asked of this issue, and nothing else."""


_REASONS: Final = {
    "jira-quota-global-based": Scope.SITE,
    "jira-quota-tenant-based": Scope.SITE,
    "jira-burst-based": Scope.ENDPOINT,
    "jira-per-issue-on-write": Scope.CALL,
}
BURST: Final = "jira-burst-based"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not now: why, what is stopped by it, and for how long, if that is said."""

    reason: str
    scope: Scope
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Points:
    """What is left of the points of an hour, and for how long that holds, if said."""

    share_left: float
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Room:
    """How near the limits are: calls a second in all, calls left of them, and points.

    None for what the answer does not say.
    """

    limit: int | None = None
    remaining: int | None = None
    points: Points | None = None


def refusal(headers: Mapping[str, str], now: Instant) -> Refusal:
    """Read a refusal. Reasons that nobody documents slow down what they were the answer to."""
    said = headers.get("RateLimit-Reason", "").strip().lower()
    reason = said if said in _REASONS else UNKNOWN
    scope = _REASONS.get(said, Scope.ENDPOINT)
    return Refusal(reason, scope, said_milliseconds(headers, now))


def room(headers: Mapping[str, str]) -> Room:
    """Read how near the limits are, of an answer that is no refusal."""
    limit, remaining = (
        _count(headers.get(name)) for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining")
    )
    points = _points(headers)
    near = headers.get("X-RateLimit-NearLimit", "").strip().lower() == "true"
    if near and remaining is None and limit is not None:
        remaining = int(limit * _NEAR)
    return Room(limit or None, remaining, points)


def _points(headers: Mapping[str, str]) -> Points | None:
    """Read what is left of the scarcest quota; told only when there is little left of any."""
    left = _policies(headers, "RateLimit")
    quotas = _policies(headers, "RateLimit-Policy")
    told = [
        _left(numbers, quotas.get(name, {})) for name, numbers in left.items() if "r" in numbers
    ]
    return min(told, key=lambda points: points.share_left, default=None)


def _left(numbers: Mapping[str, int], policy: Mapping[str, int]) -> Points:
    quota = policy.get("q") or None
    share = numbers["r"] / quota if quota else min(numbers["r"], 1) * _NEAR
    seconds = min(numbers.get("t", 0), _SECONDS_OF_AN_HOUR)
    return Points(min(share, 1.0), seconds * 1000 or None)


def _policies(headers: Mapping[str, str], name: str) -> dict[str, dict[str, int]]:
    text = headers.get(name) or headers.get(f"Beta-{name}") or ""
    return {
        found[1]: {key: int(number) for key, number in _NUMBER.findall(found[2])}
        for found in _POLICY.finditer(text)
    }


def _count(text: str | None) -> int | None:
    """Read a number of calls; None where it is none that could be one."""
    return int(text) if text and _COUNT.fullmatch(text) else None
