"""Giving a job up: its worker writes nothing any more, and the job behind it has its turn."""

from services.chassis.mongo import Database, Document, Session
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import Instant
from services.kernel.sync_job import JobState, SyncJob
from services.sync.store.database import CONNECTIONS, JOB_PAGES, JOBS
from services.sync.store.job_documents import ended


async def give_up(database: Database, session: Session, job: SyncJob, now: Instant) -> bool:
    """End a job within a transaction; gives whether another has its turn now.

    The epoch passes, so that whoever works at it is refused; what was stored may be looked at.
    """
    end = {"$set": ended(JobState.CANCELLED, now)}
    await database[JOBS].update_one({"_id": job.job_id}, end, session=session)
    await database[JOB_PAGES].delete_many({"job_id": job.job_id}, session=session)
    place = {"_id": job.connection_id}
    own = await database[CONNECTIONS].find_one(place, session=session)
    if own is None or job.job_id not in {own["active_job"], own["next_job"]}:
        return False
    active = own["active_job"] == job.job_id
    turn = {"active_job": own["next_job"]} if active else {}
    # What a person ended does not begin again by itself.
    after: Document = {**turn, "next_job": None, "full_due": None}
    await database[CONNECTIONS].update_one(place, {"$set": after}, session=session)
    if active:
        passed = {"$inc": {"epoch": 1, "seq": 1, "revision": 1}}
        await database[CONNECTION_STATES].update_one(place, passed, session=session)
    return active and own["next_job"] is not None
