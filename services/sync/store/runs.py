"""A run's writes: claimed by a worker, page after page, to one end; fenced by its epoch."""

from collections.abc import Sequence
from typing import Any

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant, IssueId
from services.kernel.sync_job import Failure, JobState, Mode, Stage
from services.sync.domain.dead_letter import Death
from services.sync.domain.ledger import Ledger
from services.sync.domain.quarantine import Read
from services.sync.store.claims import Claim, Hold, PageOfIds, claimed
from services.sync.store.database import JOB_PAGES, JOBS, Superseded, fenced
from services.sync.store.endings import ended_badly, ended_well
from services.sync.store.issues import IssueStore
from services.sync.store.knowledge import KnowledgeStore
from services.sync.store.quarantine import QuarantineStore
from services.sync.store.slices import SliceStore


class RunStore(KnowledgeStore, SliceStore):
    """Keeps how far a run is, in the same transactions as what it wrote."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._issues = IssueStore(database)
        self._quarantine = QuarantineStore(database)

    @store_call
    async def claim(self, connection_id: ConnectionId, now: Instant) -> Claim | None:
        """Take a connection's present job, whoever had it before; None where there is none."""

        async def work(session: Session) -> Claim | None:
            return await claimed(self._database, session, connection_id, now)

        return await in_transaction(self._database, work)

    @store_call
    async def check(self, hold: Hold) -> None:
        """Superseded where the connection is another's by now, or nobody's."""
        own = {"_id": hold.connection_id, "epoch": hold.epoch}
        if await self._database[CONNECTION_STATES].find_one(own, {"_id": 1}) is None:
            raise Superseded(f"epoch {hold.epoch} of {hold.connection_id} has passed")

    @store_call
    async def ledger(self, claim: Claim, ids: Sequence[IssueId]) -> Ledger:
        """Tell what is stored of some issues already, and what of them was set aside."""
        scope = claim.connection.scope
        return Ledger(
            await self._issues.updated(scope, ids), await self._quarantine.updated(scope, ids)
        )

    @store_call
    async def begin_sweep(self, claim: Claim, now: Instant) -> None:
        """Note when the sweep begins; what an unfinished one found is dropped."""

        async def work(session: Session) -> None:
            await self._fenced(session, claim)
            await self._database[JOB_PAGES].delete_many(
                {"job_id": claim.job.job_id}, session=session
            )
            await self._set(session, claim.job.job_id, query_start=now, touched=now)

        await in_transaction(self._database, work)

    @store_call
    async def add_pages(self, claim: Claim, first: int, pages: Sequence[Sequence[str]]) -> None:
        """Keep pages of ids that a sweep found; `first` numbers them."""

        async def work(session: Session) -> None:
            await self._fenced(session, claim)
            await self._database[JOB_PAGES].insert_many(
                [
                    {
                        "_id": f"{claim.job.job_id}:{first + index:08}",
                        "job_id": claim.job.job_id,
                        "connection_id": claim.connection_id,
                        "ids": list(ids),
                        "done": False,
                    }
                    for index, ids in enumerate(pages)
                ],
                session=session,
            )

        if pages:
            await in_transaction(self._database, work)

    @store_call
    async def add_listed(self, claim: Claim, number: int, ids: Sequence[IssueId]) -> None:
        """Remember ids that a sweep found, whether or not they are to be read."""

        async def work(session: Session) -> None:
            await self._fenced(session, claim)
            await self._database[JOB_PAGES].insert_one(
                {
                    "_id": f"{claim.job.job_id}:listed:{number:08}",
                    "job_id": claim.job.job_id,
                    "connection_id": claim.connection_id,
                    "ids": list(ids),
                    "done": True,
                },
                session=session,
            )

        await in_transaction(self._database, work)

    @store_call
    async def end_sweep(
        self, claim: Claim, total: int, now: Instant, *, expected: int | None
    ) -> None:
        """Note that everything there is to collect is listed; how many issues the site has."""

        async def work(session: Session) -> None:
            state = await self._fenced(session, claim)
            if expected is not None:
                # What is stored and not listed counts until it is marked as deleted.
                counted = {"expected_issue_count": max(expected, state["issue_count"])}
                await self._fenced(session, claim, set=counted)
            left = {"job_id": claim.job.job_id, "done": False}
            pages = await self._database[JOB_PAGES].count_documents(left, session=session)
            await self._set(
                session,
                claim.job.job_id,
                swept=True,
                issues_total=total,
                pages_total=pages,
                stage=Stage.COLLECTING.value,
                collecting_since=now,
                touched=now,
            )

        await in_transaction(self._database, work)

    @store_call
    async def undone(self, claim: Claim, most: int) -> Sequence[PageOfIds]:
        """List pages of ids that are not done yet, in their order."""
        cursor = self._database[JOB_PAGES].find({"job_id": claim.job.job_id, "done": False})
        found = await cursor.sort("_id", 1).limit(most).to_list()
        return [PageOfIds(page["_id"], tuple(page["ids"])) for page in found]

    @store_call
    async def write_page(self, claim: Claim, page: PageOfIds, read: Read, now: Instant) -> int:
        """Store a page's issues where newer, what was set aside, and that it is done.

        Gives how many issues changed.
        """

        async def work(session: Session) -> int:
            state = await self._fenced(session, claim)
            listed = claim.job.mode is not Mode.DELTA
            written = await self._issues.write_read(
                session, claim, read, state=state, now=now, listed=listed
            )
            done = await self._database[JOB_PAGES].update_one(
                {"_id": page.page_id, "done": False}, {"$set": {"done": True}}, session=session
            )
            await self._database[JOBS].update_one(
                {"_id": claim.job.job_id},
                {
                    "$inc": {
                        "issues_done": len(page.ids) * done.modified_count,
                        "pages_done": done.modified_count,
                    },
                    "$set": {"touched": now},
                },
                session=session,
            )
            return written

        return await in_transaction(self._database, work)

    @store_call
    async def raise_revision(self, hold: Hold) -> None:
        """Tell readers to look again."""

        async def work(session: Session) -> None:
            await self._fenced(session, hold, inc={"revision": 1})

        await in_transaction(self._database, work)

    @store_call
    async def pause(
        self, claim: Claim, now: Instant, *, until: Instant | None, waiting_for: str = ""
    ) -> None:
        """Put a job down: until an instant, and why, or until a worker takes it again."""

        async def work(session: Session) -> None:
            await self._fenced(session, claim)
            state = JobState.QUEUED if until is None else JobState.WAITING
            await self._set(
                session,
                claim.job.job_id,
                state=state.value,
                waiting_until=until,
                waiting_for=waiting_for,
                touched=now,
            )

        await in_transaction(self._database, work)

    @store_call
    async def succeed(
        self, claim: Claim, now: Instant, complete_until: Instant | None, *, moved: bool
    ) -> bool:
        """End a job well: its sweep's start, less the overlap, is where the next DELTA begins.

        Where data moved, readers are to look again: every answer that is kept is of no more use.
        Gives whether another job waits behind it.
        """

        async def work(session: Session) -> bool:
            return await ended_well(
                self._database, session, claim, now=now, complete_until=complete_until, moved=moved
            )

        return await in_transaction(self._database, work)

    @store_call
    async def fail(
        self, claim: Claim, now: Instant, failure: Failure, death: Death | None = None
    ) -> bool:
        """End a job that cannot be done; gives whether another job waits behind it.

        Where the credential is refused, the connection stands so, and the job behind fails as well.
        `death` is what its letter says, where it leaves one.
        """

        async def work(session: Session) -> bool:
            return await ended_badly(
                self._database, session, claim, now=now, failure=failure, death=death
            )

        return await in_transaction(self._database, work)

    async def _fenced(self, session: Session, hold: Hold, **changes: Document) -> Document:
        return await fenced(self._database, session, hold.connection_id, hold.epoch, **changes)

    async def _set(self, session: Session, job_id: str, **fields: Any) -> None:  # noqa: ANN401
        await self._database[JOBS].update_one({"_id": job_id}, {"$set": fields}, session=session)
