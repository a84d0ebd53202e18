"""The statuses of a site, read when they may have changed: no issue tells of that."""

from collections.abc import Sequence
from typing import Final

from services.kernel.issue import Issue
from services.kernel.sync_job import Mode
from services.sync.domain import translate
from services.sync.ports import Around, Source
from services.sync.store.claims import Hold

# A status that is renamed, or put into another category, changes no issue.
GOOD_FOR_MILLISECONDS: Final = 24 * 3600 * 1000


class Statuses:
    """What a run knows of them; `changed` where they are not as they were."""

    def __init__(self, hold: Hold, source: Source, around: Around) -> None:
        self._hold = hold
        self._source = source
        self._around = around
        self._known = set(hold.connection.state.statuses)
        self.changed = False

    async def read_where_due(self, mode: Mode) -> None:
        """Read them again where that was a day ago, and whenever everything is read."""
        read = self._hold.connection.statuses_read
        old = read is None or self._around.clock() - read >= GOOD_FOR_MILLISECONDS
        if old or mode is not Mode.DELTA:
            await self.read()

    async def of(self, issues: Sequence[Issue]) -> None:
        """Read them again where an issue is in one that was not there before.

        One that no list holds is not asked for again.
        """
        met = {issue.status_id for issue in issues} - self._known
        if met:
            await self.read()
            self._known |= met

    async def read(self) -> None:
        """Read them, and note them."""
        now = self._around.clock()
        statuses = translate.statuses(
            await self._around.patience(self._hold, self._source.statuses())
        )
        await self._around.runs.know_statuses(self._hold, now, statuses)
        self.changed |= statuses != self._hold.connection.state.statuses
        self._known |= statuses.keys()
