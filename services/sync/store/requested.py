"""What a request to start a sync was answered with: made again, it is given the same job.

A job that a request made has the request's own id; of one that it joined a note is kept for a day.
"""

from typing import Final

from bson.datetime_ms import DatetimeMS
from pymongo.errors import DuplicateKeyError

from services.chassis.mongo import Database, Session
from services.kernel.ids import Instant, JobId
from services.kernel.sync_job import SyncJob
from services.sync.store.database import CONNECTIONS, JOB_REQUESTS, JOBS
from services.sync.store.job_documents import job_of

KEPT_MILLISECONDS: Final = 24 * 3600 * 1000


class AnsweredMeanwhile(Exception):
    """The same request was answered between this one's look and its transaction."""


# Raised within a transaction: what the request was answered with is there to be read now.
ANSWERED: Final = (AnsweredMeanwhile, DuplicateKeyError)


async def joined(database: Database, own_id: JobId) -> SyncJob | None:
    """Give the job that a request joined, where it did; `own_id` is of the one it would make."""
    noted = await database[JOB_REQUESTS].find_one({"_id": own_id})
    if noted is None:
        return None
    document = await database[JOBS].find_one({"_id": noted["job_id"]})
    return None if document is None else job_of(document)


async def note_answer(
    database: Database, session: Session, own_id: JobId, job: SyncJob, *, now: Instant
) -> None:
    """Note which job a request joins, within the transaction that found it; or ANSWERED.

    Of the same request twice at once, one may find a job that is over for the other: so who joins
    touches the connection, as does whoever ends a job. Starts that succeed only look.
    """
    if job.job_id == own_id:
        if await database[JOB_REQUESTS].find_one({"_id": own_id}, session=session) is not None:
            raise AnsweredMeanwhile
        return
    place = {"_id": job.connection_id}
    await database[CONNECTIONS].update_one(place, {"$inc": {"joined": 1}}, session=session)
    note = {
        "_id": own_id,
        "connection_id": job.connection_id,
        "job_id": job.job_id,
        "expires_at": DatetimeMS(now + KEPT_MILLISECONDS),
    }
    await database[JOB_REQUESTS].insert_one(note, session=session)
