"""Giving the events that wait their place in their workspace's audit.

Every process does it, and claims nothing: a chain's end is moved by whoever finds it where they
read it, in the transaction that writes the events. A conflict costs the other one its work, and the
next round finds what is left to do.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from services.auth.domain.audit_chain import (
    Checkpoint,
    Extension,
    Month,
    PlaceTaken,
    SignedCheckpoint,
    extended,
    month_of,
)
from services.chassis.stopping import beside
from services.kernel.audit import AuditEvent
from services.kernel.ids import Instant, WorkspaceId

MOST_EVENTS: Final = 200
# How long a workspace is passed over whose chain cannot be gone on with.
PASSED_OVER_MILLISECONDS: Final = 60_000
logger = structlog.get_logger()

Extend = Callable[[SignedCheckpoint | None, Sequence[AuditEvent]], Extension]


class HeadForged(Exception):
    """The end of a chain is not as it was signed: nothing is put on top of it."""


class Chains(Protocol):
    """Keeps chains, and the events that wait for theirs."""

    async def waiting(
        self, *, now: Instant, most: int, but_of: Collection[WorkspaceId]
    ) -> Sequence[WorkspaceId]:
        """Give the workspaces of the events that have waited longest, one for each event."""

    async def unfinished(self, before: Month) -> Sequence[WorkspaceId]:
        """Name workspaces with an open segment of an earlier month."""

    async def extend(
        self, workspace_id: WorkspaceId, extend: Extend, *, now: Instant, most: int
    ) -> int:
        """Put waiting events at a chain's end, and let them wait no more, or do nothing at all.

        Gives how many waited. PlaceTaken where there is an event behind the chain's end.
        """


class Signer(Protocol):
    """Signs checkpoints."""

    def sign(self, checkpoint: Checkpoint) -> str:
        """Sign a checkpoint."""

    def holds(self, signed: SignedCheckpoint) -> bool:
        """Tell whether a checkpoint is signed as it is."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The use case, with what it needs."""

    chains: Chains
    signer: Signer
    clock: Callable[[], Instant]
    _passed_over: dict[WorkspaceId, Instant] = field(default_factory=dict)

    async def __call__(self) -> bool:
        """Do a round; tells whether more may be waiting already."""
        now = self.clock()
        self._forgive(now)
        passed_over = list(self._passed_over)
        waiting = await self.chains.waiting(now=now, most=MOST_EVENTS, but_of=passed_over)
        unfinished = await self.chains.unfinished(month_of(now))
        # The longest waiting comes first, so that what fails cannot keep it from its place.
        for workspace_id in dict.fromkeys([*waiting, *unfinished]):
            if workspace_id not in self._passed_over:
                await self._extend(workspace_id, now)
        return len(waiting) == MOST_EVENTS

    async def _extend(self, workspace_id: WorkspaceId, now: Instant) -> None:
        def extend(head: SignedCheckpoint | None, fresh: Sequence[AuditEvent]) -> Extension:
            if head is not None and not self.signer.holds(head):
                raise HeadForged(f"the end of the audit of {workspace_id} is not as it was signed")
            return extended(head, workspace_id, fresh, now=now, sign=self.signer.sign)

        try:
            await self.chains.extend(workspace_id, extend, now=now, most=MOST_EVENTS)
        except (HeadForged, PlaceTaken):
            # Its events wait: to go on would vouch for what somebody has put there.
            self._passed_over[workspace_id] = now + PASSED_OVER_MILLISECONDS
            logger.exception("an audit was tampered with", workspace=workspace_id)

    def _forgive(self, now: Instant) -> None:
        for workspace_id in [one for one, until in self._passed_over.items() if until <= now]:
            del self._passed_over[workspace_id]

    @asynccontextmanager
    async def going_on(self, rest_seconds: float) -> AsyncIterator[None]:
        """Do rounds until left, with rests in between."""
        async with beside(self._go_on_for_ever(rest_seconds)):
            yield

    async def _go_on_for_ever(self, rest_seconds: float) -> None:
        """Do rounds; what was in the way of one may be gone at the next."""
        more = False
        while True:
            # Two processes that rest alike would meet every time.
            await asyncio.sleep(0 if more else rest_seconds * random.uniform(0.5, 1.5))
            more = False
            try:
                more = await self()
            except Exception as error:  # noqa: BLE001 - whatever it was, nothing is lost by it
                logger.warning("events could not be given their place", error=str(error))
