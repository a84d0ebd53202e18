"""Listing a whole site: a large one in slices beside each other, gone on with slice by slice."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from services.kernel.ids import Instant, IssueId
from services.sync.beside import side_by_side
from services.sync.domain import jql, slices
from services.sync.domain.selection import Selection
from services.sync.domain.slices import PAGES_OF_A_SLICE, WHOLE, Slice
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim

# A site gives a company's every app so much at once; half of the connections to it are enough.
AT_ONCE: Final = 4


class Backfill:
    """One sweep of everything that a selection holds."""

    def __init__(
        self, claim: Claim, selection: Selection, source: Source, around: Around, *, page: int
    ) -> None:
        self._claim = claim
        self._selection = selection
        self._source = source
        self._around = around
        self._page = page
        # Two transactions that touch the connection's state at once would both have to wait.
        self._writing = asyncio.Lock()

    async def sweep(self) -> Instant:
        """Keep pages of all issues there are; gives when the sweep began, whoever began it."""
        runs, began = self._around.runs, self._claim.job.query_start
        cut = await runs.slices(self._claim, self._selection.clause)
        if not cut or began is None:
            began = self._around.clock()
            cut = await self._cut(began)
            await runs.begin_slices(self._claim, began, self._selection.clause, cut)
        undone = [partial(self._list, one) for one in cut if one.listed is None]
        listed = sum(await side_by_side(undone, most=AT_ONCE))
        total = listed + sum(one.listed or 0 for one in cut)
        await runs.end_sweep(self._claim, total, self._around.clock(), expected=total)
        return began

    async def _cut(self, now: Instant) -> Sequence[Slice]:
        """Cut the site where it is large; how large is a guess, on which nothing else rests."""
        patience, asked = self._around.patience, jql.bounded(self._selection)
        guess = await patience.or_without(self._claim, self._source.estimate(asked))
        if guess is None or guess < slices.SLICED_FROM:
            return WHOLE
        first = self._source.oldest(jql.full_sweep(self._selection))
        oldest = await patience.or_without(self._claim, first)
        return WHOLE if oldest is None else slices.cut(oldest, now)

    async def _list(self, one: Slice) -> int:
        """Keep pages of a slice's issues; gives how many it holds."""
        runs, first = self._around.runs, one.number * PAGES_OF_A_SLICE
        async with self._writing:
            await runs.drop_slice(self._claim, one)
        seen, numbered = set[IssueId](), 0
        found = self._source.sweep(jql.full_sweep(self._selection, one), dated=False)
        while (rows := await self._around.patience(self._claim, anext(found, None))) is not None:
            # An issue that moved in the order while it was read may come twice.
            fresh = list(dict.fromkeys(row.issue_id for row in rows if row.issue_id not in seen))
            seen.update(fresh)
            pages = [fresh[at : at + self._page] for at in range(0, len(fresh), self._page)]
            async with self._writing:
                await runs.add_pages(self._claim, first + numbered, pages)
            numbered += len(pages)
        async with self._writing:
            await runs.end_slice(self._claim, one, len(seen))
        return len(seen)
