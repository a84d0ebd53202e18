"""The steps of one run: sweep ids, read page after page, store, tell; taken up where it ended.

Every step is idempotent. A worker that dies leaves the first undone page to the next one; a worker
that was taken for dead has an epoch that has passed, and its writes are refused.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from services.chassis.clock import Clock
from services.kernel.ids import ConnectionId, Instant, TenantScope
from services.kernel.sync_job import Failure, Mode
from services.kernel.workflow import Status
from services.sync import reading
from services.sync.domain import jql, translate
from services.sync.domain.quarantine import Read
from services.sync.store.claims import Claim, PageOfIds

# What bulkfetch takes at most.
PAGE = 100
# Sites index what changed within minutes: what a sweep may have missed, the next one sees.
OVERLAP_MILLISECONDS = 10 * 60 * 1000
# So that a newcomer sees figures grow while a first sync runs.
PAGES_PER_REVISION = 5
BATCH_OF_PAGES = 20
T = TypeVar("T")


class HandBack(Exception):
    """The worker stops: another goes on from the first undone page."""


class Source(reading.Issues, Protocol):
    """A site, seen with one connection's credential."""

    async def statuses(self) -> list[dict[str, Any]]:
        """Read the statuses the site has now."""

    def sweep(self, question: str) -> AsyncIterator[list[str]]:
        """List the ids that a question finds, page by page."""


class Runs(Protocol):
    """How far runs are; see RunStore."""

    async def claim(self, connection_id: ConnectionId, now: Instant) -> Claim | None:
        """Take a connection's present job."""

    async def begin_sweep(self, claim: Claim, now: Instant, statuses: Mapping[str, Status]) -> None:
        """Note the statuses and when the sweep begins."""

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

    async def succeed(self, claim: Claim, now: Instant, complete_until: Instant) -> bool:
        """End a job well; gives whether another waits behind it."""

    async def fail(self, claim: Claim, now: Instant, failure: Failure) -> bool:
        """End a job badly; gives whether another waits behind it."""


class News(Protocol):
    """Tells readers that data moved."""

    async def moved(self, scope: TenantScope, revision: int) -> None:
        """Say that a connection's data are at a revision now."""


class Run:
    """One claim, worked off; `progressed` once a page of it was stored."""

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
        self.progressed = False

    async def collect(self) -> Instant:
        """Store what there is to collect; gives the instant before which every change is stored."""
        query_start = self._claim.job.query_start
        if not self._claim.swept or query_start is None:
            query_start = await self._sweep()
        await self._pages()
        return query_start - OVERLAP_MILLISECONDS

    async def _sweep(self) -> Instant:
        """List what there is to collect; gives when the sweep began."""
        query_start = self._clock()
        statuses = translate.statuses(await self._from_site(self._source.statuses()))
        await self._runs.begin_sweep(self._claim, query_start, statuses)
        seen: dict[str, None] = {}
        numbered = 0
        found = self._source.sweep(_question(self._claim))
        while (ids := await self._from_site(_next(found))) is not None:
            # An issue that moved in the order while it was read may come twice.
            fresh = [issue_id for issue_id in dict.fromkeys(ids) if issue_id not in seen]
            seen.update(dict.fromkeys(fresh))
            pages = [fresh[at : at + PAGE] for at in range(0, len(fresh), PAGE)]
            await self._runs.add_pages(self._claim, numbered, pages)
            numbered += len(pages)
        await self._runs.end_sweep(self._claim, len(seen), self._clock())
        return query_start

    async def _pages(self) -> None:
        changed, done = 0, 0
        first_sync = self._claim.connection.state.complete_until is None
        while pages := await self._runs.undone(self._claim, BATCH_OF_PAGES):
            for page in pages:
                read = await self._from_site(reading.read_page(self._source, page.ids))
                changed += await self._runs.write_page(self._claim, page, read, self._clock())
                self.progressed = True
                done += 1
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


async def _next(found: AsyncIterator[list[str]]) -> list[str] | None:
    return await anext(found, None)


def _question(claim: Claim) -> str:
    projects = claim.connection.projects
    if claim.job.mode is Mode.FULL or claim.job.since is None:
        return jql.full_sweep(projects)
    return jql.delta_sweep(projects, claim.job.since)
