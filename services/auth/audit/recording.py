"""Taking in the events that other services report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.kernel.audit import AuditEvent


class Inbox(Protocol):
    """Keeps events until they have their place."""

    async def add_once(self, events: Sequence[AuditEvent]) -> None:
        """Keep events that may have been kept before: those are let be."""


@dataclass(frozen=True, slots=True)
class RecordEvents:
    """Takes events in; one that is reported again changes nothing, not even after years."""

    inbox: Inbox

    async def __call__(self, events: Sequence[AuditEvent]) -> None:
        """Take events in."""
        if events:
            await self.inbox.add_once(events)
