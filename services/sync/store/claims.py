"""Who works at a connection: a worker's hold, its claim of a job, and the parts of the work."""

from dataclasses import dataclass, field

from services.chassis.mongo import Database, Session
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant
from services.kernel.sync_job import JobState, Stage, SyncJob
from services.sync.domain.fields import FieldSet
from services.sync.domain.selection import Selection
from services.sync.store.connections import Connection, connection_of
from services.sync.store.database import CONNECTIONS, JOBS
from services.sync.store.job_documents import job_of


@dataclass(frozen=True, slots=True)
class Hold:
    """A connection that a worker has taken: nobody of an earlier epoch writes for it any more.

    `attempt` counts from 1: what a site has not answered for some times is asked for otherwise.
    """

    connection: Connection
    epoch: int
    attempt: int = field(default=1, kw_only=True)

    @property
    def connection_id(self) -> ConnectionId:
        """The connection that is collected."""
        return self.connection.connection_id

    @property
    def fields(self) -> FieldSet:
        """The fields of its own that the site is asked for."""
        return self.connection.fields

    @property
    def selection(self) -> Selection | None:
        """What the site is asked for: what it shows of what is collected; None for nothing."""
        return self.connection.selection.without(self.connection.unseen.hidden)


@dataclass(frozen=True, slots=True)
class Claim(Hold):
    """A hold with the job that is to be done.

    `not_before` is set where the site asked for patience that has not run out.
    """

    job: SyncJob
    swept: bool
    not_before: Instant | None = None


@dataclass(frozen=True, slots=True)
class PageOfIds:
    """A part of what a sweep found, worked off as one."""

    page_id: str
    ids: tuple[str, ...]


async def claimed(
    database: Database, session: Session, connection_id: ConnectionId, now: Instant
) -> Claim | None:
    """Take a connection's present job within a transaction; None where there is none.

    A job that must wait goes on waiting: whoever claimed it puts it back as it is.
    """
    own = await database[CONNECTIONS].find_one({"_id": connection_id}, session=session)
    if own is None or own["active_job"] is None:
        return None
    state = await database[CONNECTION_STATES].find_one_and_update(
        {"_id": connection_id}, {"$inc": {"epoch": 1}}, session=session, return_document=True
    )
    job = await database[JOBS].find_one({"_id": own["active_job"]}, session=session)
    if state is None or job is None:
        return None
    connection = connection_of(own, state)
    until = job.get("waiting_until")
    if until is not None and until > now:
        return Claim(connection, state["epoch"], job_of(job), job["swept"], not_before=until)
    begun = {
        "state": JobState.RUNNING.value,
        "stage": job.get("stage") or Stage.SWEEPING.value,
        "started": job.get("started") or now,
        "waiting_until": None,
        "touched": now,
    }
    await database[JOBS].update_one({"_id": job["_id"]}, {"$set": begun}, session=session)
    return Claim(connection, state["epoch"], job_of({**job, **begun}), job["swept"])
