"""The steps of one run: sweep ids, read page after page, store, tell; taken up where it ended.

Every step is idempotent. A worker that dies leaves the first undone page to the next one; a worker
that was taken for dead has an epoch that has passed, and its writes are refused.
"""

from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import aclosing
from functools import partial
from typing import Final

from services.kernel.ids import Instant, IssueId
from services.kernel.sync_job import Mode
from services.sync import leaving, reading
from services.sync.backfill import AT_ONCE, Backfill
from services.sync.beside import ahead
from services.sync.digest import digest_where_due
from services.sync.domain import jql
from services.sync.domain.ledger import Found, unread, unstored
from services.sync.domain.quarantine import Read
from services.sync.domain.selection import Selection
from services.sync.domain.unshown import NOTHING_UNSEEN
from services.sync.fields import settle_fields
from services.sync.hidden import settle_hidden
from services.sync.metadata.accounts import settle_accounts
from services.sync.metadata.lists import settle_lists
from services.sync.metadata.projects import settle_projects
from services.sync.ports import Around, Source
from services.sync.sources.answers import PageRefused
from services.sync.statuses import Statuses
from services.sync.store.claims import Claim, PageOfIds
from services.sync.vanishing import settle_vanished

PAGE: Final = reading.MOST_AT_ONCE
# Sites index what changed within minutes: what a sweep may have missed, the next one sees.
OVERLAP_MILLISECONDS: Final = 10 * 60 * 1000
# A bulk change may take an index hours, and a clock may be set: a census looks so much further
# back, which costs a list of what a day changed and no more.
CENSUS_OVERLAP_MILLISECONDS: Final = 24 * 3600 * 1000
# So that a newcomer sees figures grow while a first sync runs.
PAGES_PER_REVISION: Final = 5
BATCH_OF_PAGES: Final = 20


class Run:
    """One claim, worked off; `progressed` once a page of it was stored.

    `moved`: whether readers have something to look at; of a run taken over that is not known.
    """

    def __init__(self, claim: Claim, source: Source, around: Around) -> None:
        self._claim = claim
        self._source = source
        self._around = around
        self._runs = around.runs
        self._patience = around.patience
        self._clock = around.clock
        self._statuses = Statuses(claim, source, around)
        self._listed = self._numbered = 0
        self._wanted: set[IssueId] = set()  # of a census, which asks twice
        self.progressed = False
        self.moved = claim.swept or self._mode is Mode.FULL

    @property
    def claim(self) -> Claim:
        """The claim as it is now: a run whose fields are not what they were reads everything."""
        return self._claim

    @property
    def _mode(self) -> Mode:
        return self._claim.job.mode

    async def collect(self) -> Instant | None:
        """Store what there is to collect; gives the instant before which every change is stored.

        None where the run was not for changes.
        """
        query_start = self._claim.job.query_start
        if self._claim.swept:
            # Whoever swept has heard the site's time; we have not yet.
            await self._statuses.read()
        if not self._claim.swept or query_start is None:
            await self._statuses.read_where_due(self._mode)
            self._claim = await settle_fields(self._claim, self._source, self._around)
            self.moved |= self._mode is Mode.FULL
            query_start = await self._sweep_what_is_shown()
        await self._pages()
        # Changes are dated by the site's clock.
        reached = query_start - OVERLAP_MILLISECONDS - self._source.behind
        self.moved |= await settle_projects(self._claim, self._source, self._around)
        if self._mode is not Mode.DELTA:
            self.moved |= await settle_vanished(
                self._claim,
                self._source,
                self._around,
                before=query_start,
                settled_until=reached,
            )
        self.moved |= await digest_where_due(
            self._claim, self._source, self._around, further=self._further
        )
        self.moved |= await settle_accounts(self._claim, self._source, self._around)
        await settle_lists(self._claim, self._source, self._around)
        self.moved |= self._statuses.changed
        return None if self._mode is Mode.CENSUS else reached

    def _further(self) -> None:
        self.progressed = True

    async def _sweep_what_is_shown(self) -> Instant:
        """List what there is to collect, but for projects that the site does not show."""
        if self._claim.connection.unseen != NOTHING_UNSEEN:
            self._claim = await settle_hidden(self._claim, self._source, self._around)
        asked = self._claim.selection
        try:
            return await self._sweep()
        except PageRefused:
            self._claim = await settle_hidden(self._claim, self._source, self._around)
            if self._claim.selection == asked:
                raise
            return await self._sweep()

    async def _sweep(self) -> Instant:
        """List what there is to collect; gives when the sweep began."""
        query_start, selection = self._clock(), self._claim.selection
        if selection is not None and self._mode is Mode.FULL:
            claim, source, around = self._claim, self._source, self._around
            return await Backfill(claim, selection, source, around, page=PAGE).sweep()
        await self._runs.begin_sweep(self._claim, query_start)
        self._numbered = self._listed = 0
        self._wanted.clear()
        seen = set[IssueId]()
        if selection is not None:
            question = _question(self._claim, selection)
            seen = await self._list(question, dated=self._mode is Mode.DELTA)
            if (others := leaving.besides(self._claim)) is not None:
                await self._list(others, dated=False, beside=seen)
        if selection is not None and self._mode is Mode.CENSUS:
            # What was not shown for a while was edited before anything that a DELTA asks for.
            settled = await self._around.vanished.settled_until(self._claim) or 0
            since = max(settled - CENSUS_OVERLAP_MILLISECONDS, 0)
            await self._list(jql.delta_sweep(selection, since), dated=True)
        expected = None if self._mode is Mode.DELTA else len(seen)
        await self._runs.end_sweep(self._claim, self._listed, self._clock(), expected=expected)
        return query_start

    async def _list(
        self, question: str, *, dated: bool, beside: AbstractSet[IssueId] | None = None
    ) -> set[IssueId]:
        """Keep pages of what is to be read of what a question finds; gives all that it finds.

        With what another question found: only of what that left out although it is stored.
        """
        seen: set[IssueId] = set()
        found = self._source.sweep(question, dated=dated)
        while (rows := await self._patience(self._claim, _next(found))) is not None:
            # An issue that moved in the order while it was read may come twice.
            fresh = {row.issue_id: row for row in rows if row.issue_id not in seen}
            seen.update(fresh)
            ids = await self._to_read(list(fresh.values()), dated=dated, beside=beside)
            pages = [ids[at : at + PAGE] for at in range(0, len(ids), PAGE)]
            await self._runs.add_pages(self._claim, self._numbered, pages)
            if self._mode is Mode.CENSUS:
                # What is not read, too, is remembered as listed.
                await self._runs.add_listed(self._claim, self._numbered, list(fresh))
            self._numbered += max(len(pages), 1)
            self._listed += len(ids)
        return seen

    async def _to_read(
        self, found: Sequence[Found], *, dated: bool, beside: AbstractSet[IssueId] | None
    ) -> list[IssueId]:
        """Give what has to be read of what a sweep lists, by what the run is for."""
        ids = [one.issue_id for one in found]
        ledger = await self._runs.ledger(self._claim, ids)
        if beside is not None:
            return [one for one in ids if one not in beside and ledger.holds(one)]
        wanted = unread(found, ledger) if dated else unstored(found, ledger)
        if self._mode is Mode.CENSUS:
            wanted = [one for one in wanted if one not in self._wanted]
            self._wanted.update(wanted)
        return wanted

    async def _pages(self) -> None:
        changed, done = 0, 0
        first_sync = self._claim.connection.state.complete_until is None
        most = await self._at_once()
        while pages := await self._runs.undone(self._claim, BATCH_OF_PAGES):
            works = [partial(self._read, page) for page in pages]
            async with aclosing(ahead(works, most=most)) as reads:
                async for page, read, left in reads:
                    if left:
                        await self._around.vanished.bury(self._claim, left, self._clock())
                        changed += len(left)
                    changed += await self._runs.write_page(self._claim, page, read, self._clock())
                    await self._statuses.of(read.issues)
                    self.progressed = True
                    done, self.moved = done + 1, self.moved or changed > 0
                    if changed and first_sync and done % PAGES_PER_REVISION == 0:
                        await self._runs.raise_revision(self._claim)
                        await self._around.news.moved(self._claim.connection.scope)

    async def _read(self, page: PageOfIds) -> tuple[PageOfIds, Read, Sequence[IssueId]]:
        """Read a page; gives it with what of it is collected, and with what is no more."""
        ids = [IssueId(one) for one in page.ids]
        other = await leaving.unmatched(self._claim, self._source, self._around, ids)
        asked = reading.read_page(
            self._source, ids, self._claim.fields, attempt=self._claim.attempt
        )
        read = await self._patience(self._claim, asked)
        left = read.ids & other
        return page, read.without(left), sorted(left)

    async def _at_once(self) -> int:
        """Tell how many pages are read beside each other: of a site that is listed in slices."""
        selection = self._claim.selection
        if self._mode is not Mode.FULL or selection is None:
            return 1
        cut = await self._runs.slices(self._claim, selection.clause)
        return AT_ONCE if len(cut) > 1 else 1


async def _next(found: AsyncIterator[list[Found]]) -> list[Found] | None:
    return await anext(found, None)


def _question(claim: Claim, selection: Selection) -> str:
    if claim.job.mode is not Mode.DELTA or claim.job.since is None:
        return jql.full_sweep(selection)
    return jql.delta_sweep(selection, claim.job.since)
