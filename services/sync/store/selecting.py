"""Having something else of a site collected, while whatever runs is begun again."""

from typing import Final

from services.chassis.mongo import Database, Session
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant
from services.kernel.sync_job import JobState, Mode
from services.sync.domain.selection import Selection
from services.sync.store.database import CONNECTIONS, JOB_PAGES, JOBS

UNKNOWN: Final = {"complete_until": None, "hidden_count": 0}
BEGUN_AGAIN: Final = {
    "mode": Mode.FULL.value,
    "since": None,
    "swept": False,
    "slices_of": None,
    "state": JobState.QUEUED.value,
    "stage": None,
    "issues_done": 0,
    "issues_total": None,
    "pages_done": 0,
    "pages_total": None,
}


async def write_selection(
    database: Database,
    session: Session,
    connection_id: ConnectionId,
    selection: Selection,
    *,
    now: Instant,
) -> bool:
    """Write what is collected within a transaction; False where the connection is gone.

    Nothing is complete until a FULL has listed it: the next job is one. A run under way collects
    what was asked for before: it is refused, and its job begins again as a FULL.
    """
    place = {"_id": connection_id}
    fields = {
        "projects": list(selection.projects),
        "jql": selection.jql,
        "cursor": None,
        "hidden": [],
    }
    own = await database[CONNECTIONS].find_one_and_update(place, {"$set": fields}, session=session)
    if own is None:
        return False
    await database[CONNECTION_STATES].update_one(
        place, {"$inc": {"epoch": 1, "seq": 1}, "$set": UNKNOWN}, session=session
    )
    jobs = [job_id for job_id in (own["active_job"], own["next_job"]) if job_id]
    for job_id in jobs:
        await database[JOB_PAGES].delete_many({"job_id": job_id}, session=session)
        again = {**BEGUN_AGAIN, "touched": now}
        await database[JOBS].update_one({"_id": job_id}, {"$set": again}, session=session)
    return True
