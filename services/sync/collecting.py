"""The steps of one run: sweep ids, read page after page, store, tell; taken up where it ended.

Every step is idempotent. A worker that dies leaves the first undone page to the next one; a worker
that was taken for dead has an epoch that has passed, and its writes are refused.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from services.chassis.clock import Clock
from services.kernel.ids import ConnectionId, Instant, IssueId, TenantScope
from services.kernel.issue import Issue
from services.kernel.sync_job import Failure, Mode
from services.kernel.workflow import Status
from services.sync import reading
from services.sync.domain import jql, translate
from services.sync.domain.ledger import Found, Ledger, unread
from services.sync.domain.quarantine import Read
from services.sync.store.claims import Claim, PageOfIds

# What bulkfetch takes at most.
PAGE = 100
# Sites index what changed within minutes: what a sweep may have missed, the next one sees.
OVERLAP_MILLISECONDS = 10 * 60 * 1000
# So that a newcomer sees figures grow while a first sync runs.
PAGES_PER_REVISION = 5
BATCH_OF_PAGES = 20
# A status that is renamed, or put into another category, changes no issue.
STATUSES_MILLISECONDS = 24 * 3600 * 1000
T = TypeVar("T")


class HandBack(Exception):
    """The worker stops: another goes on from the first undone page."""


class Source(reading.Issues, Protocol):
    """A site, seen with one connection's credential."""

    async def statuses(self) -> list[dict[str, Any]]:
        """Read the statuses the site has now."""

    def sweep(self, question: str, *, dated: bool) -> AsyncIterator[list[Found]]:
        """List what a question finds, page by page, with when it was last changed or without."""


class Runs(Protocol):
    """How far runs are; see RunStore."""

    async def claim(self, connection_id: ConnectionId, now: Instant) -> Claim | None:
        """Take a connection's present job."""

    async def begin_sweep(self, claim: Claim, now: Instant) -> None:
        """Note when the sweep begins."""

    async def know_statuses(
        self, claim: Claim, now: Instant, statuses: Mapping[str, Status]
    ) -> None:
        """Note the statuses, and when they were read."""

    async def ledger(self, claim: Claim, ids: Sequence[IssueId]) -> Ledger:
        """Tell what is stored of some issues already."""

    async def add_pages(self, claim: Claim, first: int, pages: Sequence[Sequence[str]]) -> None:
        """Keep pages of ids that a sweep found."""

    async def end_sweep(self, claim: Claim, total: int, now: Instant) -> None:
        """Note that everything there is to collect is listed."""

    async def undone(self, claim: Claim, most: int) -> Sequence[PageOfIds]:
        """List pages that are not done yet."""

    async def write_page(self, claim: Claim, page: PageOfIds, read: Read, now: Instant) -> int:
        """Store a page where it is newer, and what was set aside; gives how many issues changed."""

    async def raise_revision(self, claim: Claim) -> int:
        """Tell readers to look again."""

    async def pause(self, claim: Claim, now: Instant, *, until: Instant | None) -> None:
        """Put a job down."""

    async def succeed(
        self, claim: Claim, now: Instant, complete_until: Instant, *, moved: bool
    ) -> bool:
        """End a job well, with another revision where data moved; gives whether one is behind."""

    async def fail(self, claim: Claim, now: Instant, failure: Failure) -> bool:
        """End a job badly; gives whether another waits behind it."""


class News(Protocol):
    """Tells readers that data moved."""

    async def moved(self, scope: TenantScope, revision: int) -> None:
        """Say that a connection's data are at a revision now."""


class Run:
    """One claim, worked off; `progressed` once a page of it was stored.

    `moved`: whether readers have something to look at; of a run taken over that is not known.
    """

    def __init__(
        self,
        claim: Claim,
        runs: Runs,
        source: Source,
        *,
        news: News,
        clock: Clock,
        stopping: asyncio.Event,
    ) -> None:
        self._claim = claim
        self._runs = runs
        self._source = source
        self._news = news
        self._clock = clock
        self._stopping = stopping
        self._statuses_known = claim.connection.state.statuses.keys()
        self._statuses_asked = set[str]()
        self.progressed = False
        self.moved = claim.swept or self._full

    @property
    def _full(self) -> bool:
        return self._claim.job.mode is Mode.FULL

    async def collect(self) -> Instant:
        """Store what there is to collect; gives the instant before which every change is stored."""
        query_start = self._claim.job.query_start
        if not self._claim.swept or query_start is None:
            await self._statuses_where_due()
            query_start = await self._sweep()
        await self._pages()
        return query_start - OVERLAP_MILLISECONDS

    async def _sweep(self) -> Instant:
        """List what there is to collect; gives when the sweep began."""
        query_start = self._clock()
        await self._runs.begin_sweep(self._claim, query_start)
        seen: set[IssueId] = set()
        listed = numbered = 0
        found = self._source.sweep(_question(self._claim), dated=not self._full)
        while (rows := await self._from_site(_next(found))) is not None:
            # An issue that moved in the order while it was read may come twice.
            fresh = {row.issue_id: row for row in rows if row.issue_id not in seen}
            seen.update(fresh)
            ids = list(fresh) if self._full else await self._unread(list(fresh.values()))
            pages = [ids[at : at + PAGE] for at in range(0, len(ids), PAGE)]
            await self._runs.add_pages(self._claim, numbered, pages)
            numbered, listed = numbered + len(pages), listed + len(ids)
        await self._runs.end_sweep(self._claim, listed, self._clock())
        return query_start

    async def _unread(self, found: Sequence[Found]) -> list[IssueId]:
        ids = [one.issue_id for one in found]
        return unread(found, await self._runs.ledger(self._claim, ids))

    async def _statuses_where_due(self) -> None:
        """Read the site's statuses where they may have changed: no issue tells of that."""
        read = self._claim.connection.statuses_read
        if read is None or self._clock() - read >= STATUSES_MILLISECONDS or self._full:
            await self._statuses()

    async def _statuses(self) -> None:
        now = self._clock()
        statuses = translate.statuses(await self._from_site(self._source.statuses()))
        await self._runs.know_statuses(self._claim, now, statuses)
        self.moved |= statuses != self._claim.connection.state.statuses
        self._statuses_known = statuses.keys()

    async def _statuses_of(self, issues: Sequence[Issue]) -> None:
        """Read the statuses again where an issue is in one that was not there before."""
        met = {issue.status_id for issue in issues} - self._statuses_asked
        if met - self._statuses_known:
            # Asked once for each: a status that no list holds is not asked for again and again.
            self._statuses_asked |= met
            await self._statuses()

    async def _pages(self) -> None:
        changed, done = 0, 0
        first_sync = self._claim.connection.state.complete_until is None
        while pages := await self._runs.undone(self._claim, BATCH_OF_PAGES):
            for page in pages:
                read = await self._from_site(reading.read_page(self._source, page.ids))
                changed += await self._runs.write_page(self._claim, page, read, self._clock())
                await self._statuses_of(read.issues)
                self.progressed = True
                done, self.moved = done + 1, self.moved or changed > 0
                if changed and first_sync and done % PAGES_PER_REVISION == 0:
                    revision = await self._runs.raise_revision(self._claim)
                    await self._news.moved(self._claim.connection.scope, revision)

    async def _from_site(self, reading: Coroutine[Any, Any, T]) -> T:
        """Wait for the site, but no longer than this worker goes on; then HandBack."""
        answer = asyncio.ensure_future(reading)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({answer, stop}, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                raise HandBack
            return answer.result()
        finally:
            answer.cancel()
            stop.cancel()
            await asyncio.gather(answer, stop, return_exceptions=True)


async def _next(found: AsyncIterator[list[Found]]) -> list[Found] | None:
    return await anext(found, None)


def _question(claim: Claim) -> str:
    projects = claim.connection.projects
    if claim.job.mode is Mode.FULL or claim.job.since is None:
        return jql.full_sweep(projects)
    return jql.delta_sweep(projects, claim.job.since)
