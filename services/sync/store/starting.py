"""Starting a job within a transaction: one that does as much is given, where it is there."""

from dataclasses import replace

from services.chassis.mongo import Database, Session
from services.kernel.errors import NotFound
from services.kernel.ids import Instant, JobId
from services.kernel.sync_job import Mode, SyncJob
from services.sync.domain.quota import Starter
from services.sync.domain.wanted import Wanted
from services.sync.store.connections import Connection
from services.sync.store.database import CONNECTIONS, JOBS
from services.sync.store.job_documents import document_of, fresh_job, job_of
from services.sync.store.quotas import charge


async def begun(
    database: Database,
    session: Session,
    connection: Connection,
    wanted: Wanted,
    *,
    job_id: JobId,
    now: Instant,
    starter: Starter | None = None,
) -> SyncJob:
    """Add a job that a person asks for, unless one that does as much is there: then that is given.

    Else it waits behind the one under way; one that waits there already is made to do as much.
    Only a job that is added is charged to its starter, with it or not at all: QuotaSpent.
    """
    place = {"_id": connection.connection_id}
    own = await database[CONNECTIONS].find_one(place, session=session)
    if own is None:
        raise NotFound("connection")
    settled = wanted.after(full_has_succeeded=own["cursor"] is not None)
    active = await _found(database, session, own["active_job"])
    behind = await _found(database, session, own["next_job"])
    for present in (active, behind):
        if present is not None and settled.done_by(present):
            return await _asked(database, session, present)
    if behind is not None:
        return await _widened(database, session, behind, settled)
    if starter is not None:
        await charge(database, session, starter, now)
    turn = "next_job" if active else "active_job"
    job = replace(fresh_job(connection, settled, job_id, now, since=own["cursor"]), asked=True)
    await database[JOBS].insert_one(document_of(job), session=session)
    await database[CONNECTIONS].update_one(place, {"$set": {turn: job_id}}, session=session)
    return job


async def _found(database: Database, session: Session, job_id: str | None) -> SyncJob | None:
    if job_id is None:
        return None
    document = await database[JOBS].find_one({"_id": job_id}, session=session)
    return None if document is None else job_of(document)


async def _asked(database: Database, session: Session, job: SyncJob) -> SyncJob:
    """Note that a person waits for a job that was due."""
    if not job.asked:
        change = {"$set": {"asked": True}}
        await database[JOBS].update_one({"_id": job.job_id}, change, session=session)
    return replace(job, asked=True)


async def _widened(database: Database, session: Session, job: SyncJob, wanted: Wanted) -> SyncJob:
    """Make a job that waits do everything that is wanted of it."""
    wider = replace(
        job,
        mode=Mode.FULL,
        since=None,
        believes_vanished=job.believes_vanished or wanted.believes_vanished,
        asked=True,
    )
    document = document_of(wider)
    fields = {name: document[name] for name in ("mode", "since", "believes_vanished", "asked")}
    await database[JOBS].update_one({"_id": job.job_id}, {"$set": fields}, session=session)
    return wider
