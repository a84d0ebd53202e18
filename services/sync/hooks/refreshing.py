"""Reads again what was marked: in batches, each stored before its marks are taken out."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

import structlog

from services.kernel.errors import SiteUnreachable, StoreUnavailable
from services.kernel.ids import ConnectionId, Instant, IssueId
from services.sync import reading
from services.sync.credentials import CredentialUnreadable
from services.sync.domain import jql
from services.sync.domain.marks import Mark
from services.sync.domain.quarantine import Read
from services.sync.hidden import note_hidden
from services.sync.patience import HandBack
from services.sync.ports import Around, Source
from services.sync.queue import ATTEMPTS, FIRST_RETRY_MILLISECONDS, PutBack, TryAgain
from services.sync.sources.answers import CredentialRefused, PageRefused, Wait
from services.sync.statuses import Statuses
from services.sync.store.claims import Hold
from services.sync.store.connections import Connection
from services.sync.store.database import Superseded

AT_ONCE: Final = reading.MOST_AT_ONCE
# Then it is another connection's turn: ten thousand webhooks must not hold a worker for long.
BATCHES_AT_ONCE: Final = 5
# What the site would refuse again, and what nobody foresaw, is not tried for hours.
HOPELESS_ATTEMPTS: Final = 3
logger = structlog.get_logger()


class Marks(Protocol):
    """Keeps which issues are to be read again; see hooks.marks."""

    async def oldest(self, connection_id: ConnectionId, most: int) -> list[Mark]:
        """Give the marks that have waited longest."""

    async def take_out(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what was read, where it was not marked again meanwhile."""

    async def give_up(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what could not be read."""


class Holds(Protocol):
    """Takes connections, and writes while they are held; see HoldStore."""

    async def hold(self, connection_id: ConnectionId) -> Hold | None:
        """Take a connection; None where nothing is to be read of it now."""

    async def write(self, hold: Hold, read: Read, gone: Sequence[IssueId], now: Instant) -> bool:
        """Store issues where they are newer, mark others as deleted; tells whether data moved."""

    async def refuse(self, hold: Hold, now: Instant) -> None:
        """Note that the site refuses the credential."""


class Refreshing:
    """Reads again what was marked of a connection that nobody else works at.

    It costs no job and no quota, and never says how complete a connection is: that is for DELTAs.
    """

    def __init__(
        self,
        around: Around,
        marks: Marks,
        holds: Holds,
        source_of: Callable[[Connection], Source],
    ) -> None:
        self._around = around
        self._marks = marks
        self._holds = holds
        self._source_of = source_of

    async def __call__(self, connection_id: ConnectionId, attempt: int) -> None:
        """Read what is marked; TryAgain and PutBack say that not all of it is read yet."""
        marked = await self._marks.oldest(connection_id, AT_ONCE)
        hold = await self._holds.hold(connection_id) if marked else None
        if hold is not None and await self._drained(hold, marked, attempt):
            raise PutBack(self._around.clock())

    async def _drained(self, hold: Hold, marked: Sequence[Mark], attempt: int) -> bool:
        """Read what is marked; tells whether more of it is there than has its turn now."""
        # Nothing here has heard yet whether the site answers at all.
        tried = min(attempt, reading.ALONE_FROM - 1)
        held = replace(hold, attempt=tried)
        drain = Drain(held, self._around, self._marks, self._holds)
        try:
            return await drain.read(self._source_of(hold.connection), marked)
        except (Superseded, StoreUnavailable, asyncio.CancelledError):
            raise
        except (CredentialRefused, CredentialUnreadable):
            await self._refused(hold)
        except (Wait, HandBack) as later:
            until = later.until if isinstance(later, Wait) else self._around.clock()
            raise PutBack(until) from later
        except SiteUnreachable as away:
            self._try_again(drain, away, last=attempt >= ATTEMPTS)
        except Exception as hopeless:
            logger.exception("marked issues cannot be read", connection_id=hold.connection_id)
            self._try_again(drain, hopeless, last=attempt >= HOPELESS_ATTEMPTS)
            await self.let_go(hold.connection_id)
        return False

    async def let_go(self, connection_id: ConnectionId) -> None:
        """Take out the oldest marks unread: the next DELTA finds what they stand for."""
        marked = await self._marks.oldest(connection_id, AT_ONCE)
        if marked:
            logger.error("marks given up", connection_id=connection_id, count=len(marked))
            await self._marks.give_up(connection_id, marked)

    async def _refused(self, hold: Hold) -> None:
        """Note it; the marks stay for when there is another credential."""
        logger.warning("credential refused", connection_id=hold.connection_id)
        await self._holds.refuse(hold, self._around.clock())
        await self._around.news.moved(hold.connection.scope)

    def _try_again(self, drain: "Drain", error: Exception, *, last: bool) -> None:
        """Have it tried again; after the last attempt the marks are left where they are.

        Whoever looks for what was left behind finds them, and begins again.
        """
        if drain.progressed:
            raise PutBack(self._around.clock() + FIRST_RETRY_MILLISECONDS) from error
        if not last:
            raise TryAgain(str(error)) from error


class Drain:
    """One hold, used to read what is marked; `progressed` once a batch of it was stored."""

    def __init__(self, hold: Hold, around: Around, marks: Marks, holds: Holds) -> None:
        self.hold = hold
        self._around = around
        self._marks = marks
        self._holds = holds
        self.progressed = False

    async def read(self, source: Source, marked: Sequence[Mark]) -> bool:
        """Read batch after batch; tells whether more is marked than one turn reads."""
        for _ in range(BATCHES_AT_ONCE):
            await self._batch(source, marked)
            self.progressed = True
            marked = await self._marks.oldest(self.hold.connection_id, AT_ONCE)
            if not marked:
                return False
        return True

    async def _batch(self, source: Source, marked: Sequence[Mark]) -> None:
        """Read issues by their ids, store what is newer, and only then take out their marks."""
        hold, around = self.hold, self._around
        ids = [mark.issue_id for mark in marked]
        asked = reading.read_page(source, ids, hold.connection.fields, attempt=hold.attempt)
        read = await around.patience(hold, asked)
        there = await self._collected(source, read)
        statuses = Statuses(hold, source, around)
        await statuses.of(there.issues)
        # What the site gives no more and has not said to be gone may be hidden by a lost
        # permission: that is for a CENSUS to judge, which sees how much went at once.
        gone = {mark.issue_id for mark in marked if mark.told_deleted} - read.ids - read.unanswered
        left = self._judged(read) - there.ids
        moved = await self._holds.write(hold, there, sorted(gone | left), around.clock())
        if statuses.changed and not moved:
            await around.runs.raise_revision(hold)
        if moved or statuses.changed:
            await around.news.moved(hold.connection.scope)
        await self._marks.take_out(hold.connection_id, marked)

    async def _collected(self, source: Source, read: Read) -> Read:
        """Leave out what is not, or no longer, what the connection collects.

        A site that refuses to be asked may show a project of the scope no more: then of the others.
        """
        if not self.hold.connection.selection.clause or not read.ids:
            return read
        asked = self.hold.selection
        try:
            return await self._matching(source, read)
        except PageRefused:
            self.hold = await note_hidden(self.hold, source, self._around)
            if self.hold.selection == asked:
                raise
            return await self._matching(source, read)

    async def _matching(self, source: Source, read: Read) -> Read:
        selection = self.hold.selection
        if selection is None:
            return read.only(())
        question = source.matching(jql.bounded(selection), sorted(read.ids))
        return read.only(await self._around.patience(self.hold, question))

    def _judged(self, read: Read) -> set[IssueId]:
        """Tell of which issues it is known whether they are collected.

        Those of a project that is shown again are for the next DELTA, which looks through it; of
        what cannot be kept it is not known whose it is.
        """
        hidden = self.hold.connection.unseen.hidden
        if not hidden:
            return read.ids
        return {issue.issue_id for issue in read.issues if issue.project_key not in hidden}
