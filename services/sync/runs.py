"""Works at connections' jobs: each claimed, collected, and brought to one end."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from services.kernel.errors import (
    ConnectionNeedsCredentials,
    ProductError,
    SiteUnreachable,
    StoreUnavailable,
)
from services.kernel.ids import ConnectionId, Instant, WorkspaceId
from services.kernel.sync_job import Failure
from services.sync.collecting import Run
from services.sync.credentials import CredentialUnreadable
from services.sync.domain.dead_letter import Death, Reason
from services.sync.domain.lanes import Lane, lane_of
from services.sync.domain.scrubbing import scrubbed
from services.sync.domain.translate import Untranslatable
from services.sync.patience import HandBack
from services.sync.ports import Around, Source
from services.sync.queue import (
    ATTEMPTS,
    DEATHS,
    FIRST_RETRY_MILLISECONDS,
    PutBack,
    TryAgain,
)
from services.sync.sources.answers import CredentialRefused, SiteRefuses, Wait
from services.sync.store.claims import Claim
from services.sync.store.connections import Connection
from services.sync.store.database import Superseded

# What nobody foresaw is a fault of ours: it is tried again, but not for hours.
UNFORESEEN_ATTEMPTS = 3
UNFORESEEN = Failure("INTERNAL", "something unexpected went wrong: start the sync again")
KILLED = Failure("INTERNAL", "the sync failed again and again")
logger = structlog.get_logger()


class Put(Protocol):
    """Puts a connection into the queue."""

    async def put(self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId) -> None:
        """Put a connection of a workspace into the queue, to wait in a lane."""


class Refresh(Protocol):
    """Reads again what was marked of a connection; see hooks.refreshing."""

    async def __call__(self, connection_id: ConnectionId, attempt: int) -> None:
        """Read what is marked; TryAgain and PutBack say that not all of it is read yet."""

    async def let_go(self, connection_id: ConnectionId) -> None:
        """Take out marks unread."""


class Collector:
    """Works at connections: at the job of one, then at what was marked of it."""

    def __init__(
        self,
        around: Around,
        source_of: Callable[[Lane, Connection], Source],
        queue: Put,
        refresh: Refresh,
    ) -> None:
        self._around = around
        self._runs = around.runs
        self._clock = around.clock
        self._source_of = source_of
        self._queue = queue
        self._refresh = refresh

    async def work(self, connection_id: ConnectionId, attempt: int) -> None:
        """Do what there is to do; TryAgain and PutBack say that it is not done yet.

        `attempt` counts from 1 up to ATTEMPTS, the last.
        """
        try:
            await self._work(connection_id, attempt)
            await self._refresh(connection_id, attempt)
        except Superseded as passed:
            logger.info("run superseded", connection_id=connection_id, reason=str(passed))
        except StoreUnavailable as away:
            # Attempts are for the site; our own store is waited for.
            logger.warning(
                "the store gives no answer",
                connection_id=connection_id,
                problem=repr(away.__cause__),
            )
            raise PutBack(self._clock() + FIRST_RETRY_MILLISECONDS) from away

    async def _work(self, connection_id: ConnectionId, attempt: int) -> None:
        claim = await self._runs.claim(connection_id, self._clock())
        if claim is None:
            return
        if claim.not_before is not None:
            raise PutBack(claim.not_before)
        try:
            source = self._source_of(
                lane_of(claim.job.mode, asked=claim.job.asked), claim.connection
            )
            run = Run(replace(claim, attempt=attempt), source, self._around)
        except CredentialUnreadable as unreadable:
            logger.warning("credential unreadable", connection_id=connection_id)
            await self._end(claim, unreadable, attempt)
        except ProductError as refused:
            await self._end(claim, refused, attempt)
        else:
            await self._collect(claim, run, attempt)

    async def _collect(self, claim: Claim, run: Run, attempt: int) -> None:
        try:
            complete_until = await run.collect()
        except (Superseded, asyncio.CancelledError):
            raise
        except (Wait, HandBack) as later:
            await self._put_down(claim, later)
        except (SiteUnreachable, StoreUnavailable) as away:
            await self._try_again(claim, run, away, attempt=attempt, most=ATTEMPTS)
        except (CredentialRefused, SiteRefuses, Untranslatable) as ends:
            await self._end(claim, ends, attempt)
        except Exception as unforeseen:
            logger.exception("unexpected error in a sync", connection_id=claim.connection_id)
            most = UNFORESEEN_ATTEMPTS
            await self._try_again(claim, run, unforeseen, attempt=attempt, most=most)
        else:
            await self._succeed(run.claim, complete_until, moved=run.moved)

    async def _succeed(self, claim: Claim, complete_until: Instant | None, *, moved: bool) -> None:
        another = await self._runs.succeed(claim, self._clock(), complete_until, moved=moved)
        logger.info("sync done", connection_id=claim.connection_id, job_id=claim.job.job_id)
        await self._moved_on(claim, another=another)

    async def _put_down(self, claim: Claim, later: Wait | HandBack) -> None:
        if isinstance(later, HandBack):
            await self._runs.pause(claim, self._clock(), until=None)
            raise PutBack(self._clock()) from later
        until, why = later.until, later.reason
        await self._runs.pause(claim, self._clock(), until=until, waiting_for=why)
        raise PutBack(until) from later

    async def _try_again(
        self, claim: Claim, run: Run, error: Exception, *, attempt: int, most: int
    ) -> None:
        if attempt >= most and not run.progressed:
            await self._end(claim, error, attempt)
            return
        await self._runs.pause(claim, self._clock(), until=None)
        if run.progressed:
            # It got further than before: that ends by itself, and costs no attempt.
            raise PutBack(self._clock() + FIRST_RETRY_MILLISECONDS) from error
        raise TryAgain(str(error)) from error

    async def give_up(self, connection_id: ConnectionId) -> None:
        """End the job of a connection that killed its workers, or whose attempts are spent."""
        claim = await self._runs.claim(connection_id, self._clock())
        if claim is not None:
            death = Death(Reason.KILLED_WORKERS, KILLED.message, DEATHS)
            await self._fail(claim, KILLED, death)
        else:
            await self._refresh.let_go(connection_id)

    async def _end(self, claim: Claim, error: Exception, attempt: int) -> None:
        await self._fail(claim, failure_of(error), death_of(error, attempt))

    async def _fail(self, claim: Claim, failure: Failure, death: Death | None) -> None:
        logger.warning(
            "sync failed",
            connection_id=claim.connection_id,
            job_id=claim.job.job_id,
            reason=failure.reason,
        )
        another = await self._runs.fail(claim, self._clock(), failure, death)
        await self._moved_on(claim, another=another)

    async def _moved_on(self, claim: Claim, *, another: bool) -> None:
        """Tell readers, and set the job behind going; both are made up for if they get lost."""
        await self._around.news.moved(claim.connection.scope)
        if not another:
            return
        try:
            # What waits behind another was asked for by a person.
            whose = claim.connection.state.workspace_id
            await self._queue.put(claim.connection_id, Lane.INTERACTIVE, whose)
        except (RedisError, OSError) as away:
            logger.warning(
                "queue does not answer", connection_id=claim.connection_id, error=str(away)
            )


def failure_of(error: Exception) -> Failure:
    """Say in the words of a job why it failed."""
    if isinstance(error, CredentialRefused | CredentialUnreadable):
        error = ConnectionNeedsCredentials()
    if isinstance(error, ProductError):
        return Failure(error.reason, error.message)
    if isinstance(error, SiteRefuses | Untranslatable):
        return Failure("SITE_ANSWER_UNUSABLE", str(error))
    return UNFORESEEN


def death_of(error: Exception, attempt: int) -> Death | None:
    """Say what a job's letter says of an error that ends it; None where it leaves none.

    One whose credential is refused goes on with another credential, which starts it anew.
    """
    failure = failure_of(error)
    if failure.reason == ConnectionNeedsCredentials.reason:
        return None
    if failure is UNFORESEEN:
        return Death(Reason.UNEXPECTED, scrubbed(f"{type(error).__name__}: {error}"), attempt)
    away = isinstance(error, SiteUnreachable | StoreUnavailable)
    reason = Reason.ATTEMPTS_SPENT if away else Reason.UNUSABLE
    return Death(reason, scrubbed(failure.message), attempt)
