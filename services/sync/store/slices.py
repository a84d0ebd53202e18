"""How far a sweep in slices is, kept with its job."""

from collections.abc import Sequence
from dataclasses import asdict

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.ids import Instant
from services.sync.domain.slices import PAGES_OF_A_SLICE, Slice
from services.sync.store.claims import Claim
from services.sync.store.database import JOB_PAGES, JOBS, fenced


class SliceStore:
    """Keeps slices, and which of them were listed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def slices(self, claim: Claim, asked: str) -> Sequence[Slice]:
        """Give the slices that a run of this job has begun; none where it asked for others."""
        job = await self._database[JOBS].find_one({"_id": claim.job.job_id})
        if job is None or job.get("slices_of") != asked:
            return []
        return [Slice(**one) for one in job["slices"]]

    @store_call
    async def begin_slices(
        self, claim: Claim, now: Instant, asked: str, slices: Sequence[Slice]
    ) -> None:
        """Note which slices are to be listed; what other ones found is dropped."""

        async def work(session: Session) -> None:
            await fenced(self._database, session, claim.connection_id, claim.epoch)
            pages = {"job_id": claim.job.job_id}
            await self._database[JOB_PAGES].delete_many(pages, session=session)
            begun = {"query_start": now, "touched": now, "slices_of": asked}
            rows = [asdict(one) for one in slices]
            await self._database[JOBS].update_one(
                {"_id": claim.job.job_id}, {"$set": {**begun, "slices": rows}}, session=session
            )

        await in_transaction(self._database, work)

    @store_call
    async def drop_slice(self, claim: Claim, one: Slice) -> None:
        """Drop what was found of a slice that was not listed to its end."""
        first, job = one.number * PAGES_OF_A_SLICE, claim.job.job_id
        ids = {"$gte": f"{job}:{first:08}", "$lt": f"{job}:{first + PAGES_OF_A_SLICE:08}"}

        async def work(session: Session) -> None:
            await fenced(self._database, session, claim.connection_id, claim.epoch)
            await self._database[JOB_PAGES].delete_many(
                {"job_id": job, "_id": ids}, session=session
            )

        await in_transaction(self._database, work)

    @store_call
    async def end_slice(self, claim: Claim, one: Slice, listed: int) -> None:
        """Note that a slice was listed to its end, and how many issues it holds."""

        async def work(session: Session) -> None:
            await fenced(self._database, session, claim.connection_id, claim.epoch)
            await self._database[JOBS].update_one(
                {"_id": claim.job.job_id},
                {"$set": {f"slices.{one.number}.listed": listed}},
                session=session,
            )

        await in_transaction(self._database, work)
