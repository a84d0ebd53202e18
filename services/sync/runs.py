"""One run of collecting: sweep ids, read page after page, store, tell; taken up where it ended.

Every step is idempotent. A worker that dies leaves the first undone page to the next one; a worker
that was taken for dead has an epoch that has passed, and its writes are refused.
"""

import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog

from services.chassis.clock import Clock
from services.kernel.errors import (
    ConnectionNeedsCredentials,
    ProductError,
    SiteUnreachable,
    StoreUnavailable,
)
from services.kernel.ids import ConnectionId, Instant, TenantScope
from services.kernel.issue import Issue
from services.kernel.sync_job import Failure, Mode
from services.kernel.workflow import Status
from services.sync.domain import jql, translate
from services.sync.queue import PutBack, TryAgain
from services.sync.sources.answers import CredentialRefused, SiteRefuses, Wait
from services.sync.store.connections import Connection
from services.sync.store.database import Superseded
from services.sync.store.runs import Claim, PageOfIds

# What bulkfetch takes at most.
PAGE = 100
# Sites index what changed within minutes: what a sweep may have missed, the next one sees.
OVERLAP_MILLISECONDS = 10 * 60 * 1000
# So that a newcomer sees figures grow while a first sync runs.
PAGES_PER_REVISION = 5
BATCH_OF_PAGES = 20
logger = structlog.get_logger()


class HandBack(Exception):
    """The worker stops: another goes on from the first undone page."""


class Source(Protocol):
    """A site, seen with one connection's credential."""

    async def statuses(self) -> list[dict[str, Any]]:
        """Read the statuses the site has now."""

    def sweep(self, question: str) -> AsyncIterator[list[str]]:
        """List the ids that a question finds, page by page."""

    async def issues(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Read issues by id."""

    async def changelogs(self, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Read whole changelogs by issue id."""


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

    async def write_page(
        self, claim: Claim, page: PageOfIds, issues: Sequence[Issue], now: Instant
    ) -> int:
        """Store a page where it is newer; gives how many issues changed."""

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


class Put(Protocol):
    """Puts a connection into the queue."""

    async def put(self, connection_id: ConnectionId) -> None:
        """Put a connection into the queue, unless it is there."""


class Collector:
    """Works at connections' jobs."""

    def __init__(
        self,
        runs: Runs,
        source_of: Callable[[Connection], Source],
        *,
        news: News,
        queue: Put,
        clock: Clock,
        stopping: Callable[[], bool],
    ) -> None:
        self._runs = runs
        self._source_of = source_of
        self._news = news
        self._queue = queue
        self._clock = clock
        self._stopping = stopping

    async def work(self, connection_id: ConnectionId, last: bool) -> None:
        """Do a connection's present job; TryAgain and PutBack say that it is not done yet."""
        claim = await self._runs.claim(connection_id, self._clock())
        if claim is None:
            return
        try:
            await self._collect(claim)
        except Superseded as passed:
            logger.info("run superseded", connection_id=connection_id, reason=str(passed))
        except (Wait, HandBack) as later:
            await self._put_down(claim, later)
        except CredentialRefused:
            refused = ConnectionNeedsCredentials()
            await self._fail(claim, Failure(refused.reason, refused.message))
        except SiteRefuses as refuses:
            await self._fail(claim, Failure("SITE_ANSWER_UNUSABLE", str(refuses)))
        except (SiteUnreachable, StoreUnavailable) as away:
            await self._try_again(claim, away, last=last)

    async def _put_down(self, claim: Claim, later: Wait | HandBack) -> None:
        until = later.until if isinstance(later, Wait) else None
        await self._runs.pause(claim, self._clock(), until=until)
        raise PutBack(until or self._clock()) from later

    async def _try_again(self, claim: Claim, away: ProductError, *, last: bool) -> None:
        if last:
            await self._fail(claim, Failure(away.reason, away.message))
            return
        await self._runs.pause(claim, self._clock(), until=None)
        raise TryAgain(away.message) from away

    async def give_up(self, connection_id: ConnectionId) -> None:
        """End the job of a connection that killed its workers, or failed for reasons unknown."""
        claim = await self._runs.claim(connection_id, self._clock())
        if claim is not None:
            await self._fail(claim, Failure("INTERNAL", "the sync failed again and again"))

    async def _fail(self, claim: Claim, failure: Failure) -> None:
        logger.warning(
            "sync failed",
            connection_id=claim.connection_id,
            job_id=claim.job.job_id,
            reason=failure.reason,
        )
        another = await self._runs.fail(claim, self._clock(), failure)
        await self._news.moved(claim.connection.scope, claim.connection.state.revision)
        if another:
            await self._queue.put(claim.connection_id)

    async def _collect(self, claim: Claim) -> None:
        source = self._source_of(claim.connection)
        query_start = claim.job.query_start
        if not claim.swept or query_start is None:
            query_start = await self._sweep(claim, source)
        await self._pages(claim, source)
        complete_until = query_start - OVERLAP_MILLISECONDS
        another = await self._runs.succeed(claim, self._clock(), complete_until)
        await self._news.moved(claim.connection.scope, claim.connection.state.revision + 1)
        logger.info("sync done", connection_id=claim.connection_id, job_id=claim.job.job_id)
        if another:
            await self._queue.put(claim.connection_id)

    async def _sweep(self, claim: Claim, source: Source) -> Instant:
        """List what there is to collect; gives when the sweep began."""
        query_start = self._clock()
        statuses = translate.statuses(await source.statuses())
        await self._runs.begin_sweep(claim, query_start, statuses)
        seen: dict[str, None] = {}
        numbered = itertools.count()
        async for found in source.sweep(_question(claim)):
            # An issue that moved in the order while it was read may come twice.
            fresh = [issue_id for issue_id in found if issue_id not in seen]
            seen.update(dict.fromkeys(fresh))
            pages = [fresh[at : at + PAGE] for at in range(0, len(fresh), PAGE)]
            await self._runs.add_pages(claim, next(numbered) * 1000, pages)
            self._hand_back_if_stopping()
        await self._runs.end_sweep(claim, len(seen), self._clock())
        return query_start

    async def _pages(self, claim: Claim, source: Source) -> None:
        changed, done = 0, 0
        first_sync = claim.connection.state.complete_until is None
        while pages := await self._runs.undone(claim, BATCH_OF_PAGES):
            for page in pages:
                issues = await _read(source, page.ids)
                changed += await self._runs.write_page(claim, page, issues, self._clock())
                done += 1
                if changed and first_sync and done % PAGES_PER_REVISION == 0:
                    revision = await self._runs.raise_revision(claim)
                    await self._news.moved(claim.connection.scope, revision)
                self._hand_back_if_stopping()

    def _hand_back_if_stopping(self) -> None:
        if self._stopping():
            raise HandBack


def _question(claim: Claim) -> str:
    projects = claim.connection.projects
    if claim.job.mode is Mode.FULL or claim.job.since is None:
        return jql.full_sweep(projects)
    return jql.delta_sweep(projects, claim.job.since)


async def _read(source: Source, ids: Sequence[str]) -> list[Issue]:
    """Read issues with their whole history; one that cannot be kept is left out, and said so."""
    histories = await source.changelogs(ids)
    issues = []
    for raw in await source.issues(ids):
        try:
            issues.append(translate.issue(raw, histories.get(str(raw.get("id")), [])))
        except translate.Untranslatable as untranslatable:
            logger.warning("issue left out", problem=str(untranslatable))
    return issues
