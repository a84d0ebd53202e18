"""Holds of connections and marks, kept in memory: what HoldStore and Marks keep elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.kernel.connection import ConnectionStanding
from services.kernel.ids import ConnectionId, Instant, IssueId
from services.sync.domain.marks import Mark
from services.sync.domain.quarantine import Read
from services.sync.store.claims import Hold
from tests.fakes.runs_in_memory import RunsInMemory

REFUSED = ConnectionStanding.NEEDS_CREDENTIALS


class HoldsInMemory(RunsInMemory):
    """Runs in memory whose connections may be held without a job."""

    async def hold(self, connection_id: ConnectionId) -> Hold | None:
        """Take a connection."""
        kept = self.kept.get(connection_id)
        if kept is None or kept.connection.cursor is None:
            return None
        state = kept.connection.state
        if state.standing is REFUSED:
            return None
        self._put(kept, replace(state, epoch=state.epoch + 1))
        return Hold(kept.connection, state.epoch + 1)

    async def write(self, hold: Hold, read: Read, gone: Sequence[IssueId], now: Instant) -> bool:
        """Store issues where they are newer, mark others as deleted; tells whether data moved."""
        kept = self._fenced(hold)
        before = dict(kept.issues)
        await self.write_found(hold, read, now)
        await self.bury(hold, gone, now)
        if kept.issues == before:
            return False
        await self.raise_revision(hold)
        return True

    async def refuse(self, hold: Hold, now: Instant) -> None:
        """Note that the site refuses the credential."""
        self._fenced(hold, standing=REFUSED, revision=self._state(hold).revision + 1)

    async def there(self, ids: Sequence[ConnectionId]) -> Mapping[ConnectionId, bool]:
        """Tell which of some connections are there, and whether they may be held."""
        states = {each: self.kept[each].connection.state for each in ids if each in self.kept}
        return {
            each: state.standing is not REFUSED and state.complete_until is not None
            for each, state in states.items()
        }


@dataclass
class MarksInMemory:
    """The `Marks` that are read again."""

    marks: dict[ConnectionId, dict[IssueId, int]] = field(default_factory=dict)
    number: int = 0

    def mark(self, connection_id: ConnectionId, *issues: str, deleted: bool = False) -> None:
        """Mark issues, as a webhook does."""
        marked = self.marks.setdefault(connection_id, {})
        for issue_id in map(IssueId, issues):
            self.number += 2
            sticky = deleted or marked.pop(issue_id, 0) % 2 == 1
            marked[issue_id] = self.number + sticky

    async def oldest(self, connection_id: ConnectionId, most: int) -> list[Mark]:
        """Give the marks that have waited longest."""
        marked = self.marks.get(connection_id, {})
        return [Mark(issue_id, number) for issue_id, number in marked.items()][:most]

    async def give_up(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what could not be read."""
        await self.take_out(connection_id, marks)

    async def take_out(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what was read, where it was not marked again meanwhile."""
        marked = self.marks.get(connection_id, {})
        for mark in marks:
            if marked.get(mark.issue_id) == mark.number:
                del marked[mark.issue_id]
