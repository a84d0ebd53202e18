"""Whether a call may be made now: what a source asks before it asks its site, and tells after."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from services.chassis.clock import Clock
from services.sync.domain.limits_said import refusal
from services.sync.domain.retry_after import spread
from services.sync.sources.answers import Wait

# Where a refusal names no time and nobody counts them.
UNSAID_MILLISECONDS = 30_000


class Turn(Protocol):
    """One call, until it is answered."""

    async def come(self) -> None:
        """Wait until the call may be made; Wait where that takes longer than two seconds."""

    async def refused(self, headers: Mapping[str, str]) -> None:
        """Note that the site did not answer it now."""

    async def answered(self, headers: Mapping[str, str], answer: object) -> None:
        """Note what was answered."""


class Allowance(Protocol):
    """What may be asked of one site, by one workspace, in one lane."""

    def turn(self, method: str, path: str) -> Turn:
        """Begin a call."""


@dataclass(frozen=True, slots=True)
class _AtOnce:
    clock: Clock

    async def come(self) -> None:
        pass

    async def refused(self, headers: Mapping[str, str]) -> None:
        now = self.clock()
        said = refusal(headers, now)
        milliseconds = said.milliseconds or UNSAID_MILLISECONDS
        raise Wait(now + spread(milliseconds, random.random()), said.reason)

    async def answered(self, headers: Mapping[str, str], answer: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Lets every call be made at once: for the few that a person waits for."""

    clock: Clock

    def turn(self, _method: str, _path: str) -> Turn:
        """Begin a call."""
        return _AtOnce(self.clock)
