"""Showing a workspace's audit: its events, and the signatures under them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.auth.domain.audit_chain import Row, SignedCheckpoint
from services.auth.domain.audit_question import Wanted
from services.kernel.ids import Instant, WorkspaceId


class Log(Protocol):
    """Reads audits."""

    async def events(
        self, workspace_id: WorkspaceId, wanted: Wanted, now: Instant
    ) -> Sequence[Row]:
        """Give events of a workspace, the latest first."""

    async def checkpoints(
        self, workspace_id: WorkspaceId, *, after: int, size: int
    ) -> Sequence[SignedCheckpoint]:
        """Give the checkpoints of segments that begin after a sequence, the oldest first."""


@dataclass(frozen=True, slots=True)
class ListEvents:
    """Lists events; new ones move no page, as pages go back from a sequence."""

    log: Log
    clock: Callable[[], Instant]

    async def __call__(
        self, workspace_id: WorkspaceId, wanted: Wanted
    ) -> tuple[Sequence[Row], int | None]:
        """Give a page, and the sequence that the next one ends in front of; None on the last."""
        one_more = replace(wanted, size=wanted.size + 1)
        found = await self.log.events(workspace_id, one_more, self.clock())
        page = found[: wanted.size]
        return page, page[-1].sequence if len(found) > wanted.size else None


@dataclass(frozen=True, slots=True)
class ListCheckpoints:
    """Lists checkpoints, and with the last one where the audit ends by now."""

    log: Log

    async def __call__(
        self, workspace_id: WorkspaceId, *, after: int, size: int
    ) -> tuple[Sequence[SignedCheckpoint], int | None]:
        """Give a page, and the sequence that the next one begins after; None on the last."""
        found = await self.log.checkpoints(workspace_id, after=after, size=size + 1)
        page = found[:size]
        last = page[-1].checkpoint.segment.first_sequence if len(found) > size else None
        return page, last
