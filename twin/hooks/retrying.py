"""When Jira tries a delivery again, and when it does not; and how deliveries go astray."""

from dataclasses import dataclass
from random import Random
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from twin.paging import Share

MAX_RETRIES = 5
_RETRY_MS = (5 * 60_000, 15 * 60_000)  # the least and the most between two tries
_GIVEN_UP_AFTER_MS = 30 * 60_000  # of failing: then each delivery is tried once
_SECONDARY_MS = 15 * 60_000  # cascades come so much later at most
_RETRIED = frozenset({408, 409, 425, 429})
_OK, _REDIRECT, _SERVER_ERRORS = 200, 300, 500
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]


class HookTrouble(BaseModel):
    """Which share of deliveries goes astray, by seed; and how much faster time runs for them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    dropped: Share = 0  # never sent
    doubled: Share = 0  # sent twice, under one identifier
    late: Share = 0  # sent late by up to late_ms
    late_ms: Milliseconds = 60_000
    spread_ms: Milliseconds = 0  # each is sent up to so much later than the next: out of order
    secondary: Share = 0  # sent as a cascade, up to 15 minutes later
    compress: Annotated[float, Field(gt=0)] = 1  # all waits are so many times shorter


@dataclass(slots=True)
class Plan:
    """How one delivery is sent: after which waits, once for each, and in which flow."""

    waits_ms: list[int]
    flow: str


def planned(trouble: HookTrouble, luck: Random) -> Plan:
    """Decide how a delivery is sent."""
    if luck.random() < trouble.dropped:
        return Plan([], "Primary")
    secondary = luck.random() < trouble.secondary
    most_ms = _SECONDARY_MS if secondary else 0
    if luck.random() < trouble.late:
        most_ms += trouble.late_ms
    times = 2 if luck.random() < trouble.doubled else 1
    waits = [luck.randint(0, most_ms + trouble.spread_ms) for _ in range(times)]
    return Plan(
        [round(wait / trouble.compress) for wait in waits],
        "Secondary" if secondary else "Primary",
    )


@dataclass(slots=True)
class Standing:
    """How deliveries to one webhook have gone of late."""

    failing_since_ms: int | None = None

    def note(self, *, delivered: bool, now_ms: int) -> None:
        """Note how a delivery went."""
        if delivered:
            self.failing_since_ms = None
        elif self.failing_since_ms is None:
            self.failing_since_ms = now_ms

    def retry_wait_ms(
        self, tries: int, *, now_ms: int, trouble: HookTrouble, luck: Random
    ) -> int | None:
        """Give how long to wait before the next try of a delivery; None: it is given up."""
        given_up_after_ms = _GIVEN_UP_AFTER_MS / trouble.compress
        since = self.failing_since_ms
        long_failing = since is not None and now_ms - since >= given_up_after_ms
        if long_failing or tries > MAX_RETRIES:
            return None
        return round(luck.randint(*_RETRY_MS) / trouble.compress)


def is_delivered(status: int | None) -> bool:
    """Say whether the answer, None where none came, means that the delivery arrived."""
    return status is not None and _OK <= status < _REDIRECT


def is_retried(status: int | None) -> bool:
    """Say whether Jira tries again after this answer, or after none."""
    return status is None or status in _RETRIED or status >= _SERVER_ERRORS
