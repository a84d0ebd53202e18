"""A run's writes: claimed by a worker, page after page, to one end; fenced by its epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.mongo import Database, Document, store_call
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES, documents_of_statuses
from services.kernel.errors import ConnectionNeedsCredentials
from services.kernel.ids import ConnectionId, Instant
from services.kernel.issue import Issue
from services.kernel.sync_job import Failure, JobState, Mode, Stage, SyncJob
from services.kernel.workflow import Status
from services.sync.store.connections import Connection, connection_of
from services.sync.store.database import (
    CONNECTIONS,
    JOB_PAGES,
    JOBS,
    Session,
    Superseded,
    fenced,
    in_transaction,
)
from services.sync.store.issues import IssueStore
from services.sync.store.jobs import job_of


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken: nobody of an earlier epoch can write for it any more."""

    job: SyncJob
    connection: Connection
    epoch: int
    swept: bool

    @property
    def connection_id(self) -> ConnectionId:
        """The connection that is collected."""
        return self.connection.connection_id


@dataclass(frozen=True, slots=True)
class PageOfIds:
    """A part of what a sweep found, worked off as one."""

    page_id: str
    ids: tuple[str, ...]


class RunStore:
    """Keeps how far a run is, in the same transactions as what it wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._issues = IssueStore(database)

    @store_call
    async def claim(self, connection_id: ConnectionId, now: Instant) -> Claim | None:
        """Take a connection's present job, whoever had it before; None where there is none."""

        async def work(session: Session) -> Claim | None:
            own = await self._database[CONNECTIONS].find_one(
                {"_id": connection_id}, session=session
            )
            if own is None or own["active_job"] is None:
                return None
            state = await self._database[CONNECTION_STATES].find_one_and_update(
                {"_id": connection_id},
                {"$inc": {"epoch": 1}},
                session=session,
                return_document=True,
            )
            job = await self._database[JOBS].find_one({"_id": own["active_job"]}, session=session)
            if state is None or job is None:
                return None
            began = {"started": job.get("started") or now, "query_start": job.get("query_start")}
            await self._set(
                session,
                job["_id"],
                state=JobState.RUNNING.value,
                stage=job.get("stage") or Stage.SWEEPING.value,
                waiting_until=None,
                touched=now,
                **began,
            )
            return Claim(
                job=job_of({**job, **began}),
                connection=connection_of(own, state),
                epoch=state["epoch"],
                swept=job["swept"],
            )

        return await in_transaction(self._database, work)

    @store_call
    async def begin_sweep(self, claim: Claim, now: Instant, statuses: Mapping[str, Status]) -> None:
        """Note the statuses and when the sweep begins; what an unfinished one found is dropped."""

        async def work(session: Session) -> None:
            await self._fenced(session, claim, set={"statuses": documents_of_statuses(statuses)})
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
    async def end_sweep(self, claim: Claim, total: int, now: Instant) -> None:
        """Note that everything there is to collect is listed: how much it is."""
        expected = {"expected_issue_count": total} if claim.job.mode is Mode.FULL else {}

        async def work(session: Session) -> None:
            await self._fenced(session, claim, **({"set": expected} if expected else {}))
            await self._set(
                session,
                claim.job.job_id,
                swept=True,
                issues_total=total,
                stage=Stage.COLLECTING.value,
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
    async def write_page(
        self, claim: Claim, page: PageOfIds, issues: Sequence[Issue], now: Instant
    ) -> int:
        """Store a page's issues where newer, and that it is done; gives how many changed."""

        async def work(session: Session) -> int:
            state = await self._fenced(session, claim)
            written, added = await self._issues.write_newer(
                session, claim.connection.scope, issues, seq=state["seq"]
            )
            if added:
                await self._database[CONNECTION_STATES].update_one(
                    {"_id": claim.connection_id}, {"$inc": {"issue_count": added}}, session=session
                )
            done = await self._database[JOB_PAGES].update_one(
                {"_id": page.page_id, "done": False}, {"$set": {"done": True}}, session=session
            )
            await self._database[JOBS].update_one(
                {"_id": claim.job.job_id},
                {
                    "$inc": {"issues_done": len(page.ids) * done.modified_count},
                    "$set": {"touched": now},
                },
                session=session,
            )
            return written

        return await in_transaction(self._database, work)

    @store_call
    async def raise_revision(self, claim: Claim) -> int:
        """Tell readers to look again; gives the revision."""

        async def work(session: Session) -> int:
            state = await self._fenced(session, claim, inc={"revision": 1})
            return int(state["revision"])

        return await in_transaction(self._database, work)

    @store_call
    async def pause(self, claim: Claim, now: Instant, *, until: Instant | None) -> None:
        """Put a job down: until an instant the site named, or until a worker takes it again."""

        async def work(session: Session) -> None:
            await self._fenced(session, claim)
            state = JobState.QUEUED if until is None else JobState.WAITING
            await self._set(
                session,
                claim.job.job_id,
                state=state.value,
                waiting_until=until,
                touched=now,
            )

        await in_transaction(self._database, work)

    @store_call
    async def succeed(self, claim: Claim, now: Instant, complete_until: Instant) -> bool:
        """End a job well: its sweep's start, less the overlap, is where the next DELTA begins.

        Gives whether another job waits behind it.
        """

        async def work(session: Session) -> bool:
            await self._fenced(
                session,
                claim,
                inc={"revision": 1},
                set={
                    "complete_until": complete_until,
                    "standing": ConnectionStanding.ACTIVE.value,
                },
            )
            return await self._end(
                session,
                claim,
                {"state": JobState.SUCCEEDED.value, "stage": Stage.DONE.value, "ended": now},
                {"cursor": complete_until, "last_synced": now},
            )

        return await in_transaction(self._database, work)

    @store_call
    async def fail(self, claim: Claim, now: Instant, failure: Failure) -> bool:
        """End a job that cannot be done; gives whether another job waits behind it.

        Where the credential is refused, the connection stands so, and the job behind fails as well.
        """
        refused = failure.reason == ConnectionNeedsCredentials.reason
        end: Document = {
            "state": JobState.FAILED.value,
            "ended": now,
            "failure": {"reason": failure.reason, "message": failure.message},
        }

        async def work(session: Session) -> bool:
            standing = {"standing": ConnectionStanding.NEEDS_CREDENTIALS.value}
            await self._fenced(session, claim, **({"set": standing} if refused else {}))
            another = await self._end(session, claim, end, {})
            if refused and another:
                await self._end(session, claim, end, {})
            return another and not refused

        return await in_transaction(self._database, work)

    async def _end(
        self, session: Session, claim: Claim, job: Document, connection: Document
    ) -> bool:
        """End the connection's present job and put the one behind it in its place."""
        own = await self._database[CONNECTIONS].find_one(
            {"_id": claim.connection_id}, session=session
        )
        if own is None:
            raise Superseded("the connection was deleted")
        await self._set(session, own["active_job"], **job)
        await self._database[JOB_PAGES].delete_many({"job_id": own["active_job"]}, session=session)
        await self._database[CONNECTIONS].update_one(
            {"_id": claim.connection_id},
            {"$set": {**connection, "active_job": own["next_job"], "next_job": None}},
            session=session,
        )
        return own["next_job"] is not None

    async def _fenced(self, session: Session, claim: Claim, **changes: Document) -> Document:
        return await fenced(self._database, session, claim.connection_id, claim.epoch, **changes)

    async def _set(self, session: Session, job_id: str, **fields: Any) -> None:  # noqa: ANN401
        await self._database[JOBS].update_one({"_id": job_id}, {"$set": fields}, session=session)
