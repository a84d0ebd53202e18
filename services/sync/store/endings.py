"""How runs end: well or badly, each with what it means for the connection, all at once."""

from dataclasses import replace

from services.chassis.mongo import Database, Document, Session
from services.kernel.connection import ConnectionStanding
from services.kernel.errors import ConnectionNeedsCredentials
from services.kernel.ids import Instant
from services.kernel.stop import Cause
from services.kernel.sync_job import Failure, JobState, Mode, Stage
from services.sync.domain.dead_letter import Death
from services.sync.domain.schedule import a_day_later, next_delta
from services.sync.store.activity import delta_period
from services.sync.store.claims import Claim
from services.sync.store.database import CONNECTIONS, JOB_PAGES, JOBS, Superseded, fenced
from services.sync.store.dead_letters import keep_letter
from services.sync.store.job_documents import ended
from services.sync.store.stops import MENDED, stopped


async def ended_well(
    database: Database,
    session: Session,
    claim: Claim,
    *,
    now: Instant,
    complete_until: Instant | None,
    moved: bool,
) -> bool:
    """End a job well within a transaction; gives whether another waits behind it.

    It looked through what is shown again.
    """
    unseen = replace(claim.connection.unseen, returned={})
    until = {} if complete_until is None else {"complete_until": complete_until}
    settled = {"fields_settled": True} if claim.job.mode is Mode.FULL else {}
    await fenced(
        database,
        session,
        claim.connection_id,
        claim.epoch,
        inc={"revision": int(moved)},
        set={
            "standing": ConnectionStanding.ACTIVE.value,
            "hidden_count": len(unseen.hidden),
            **until,
            **settled,
        },
    )
    end = {**ended(JobState.SUCCEEDED, now), "stage": Stage.DONE.value}
    reached: Document = {"last_synced": now, "hidden": unseen.as_documents(), **MENDED}
    if complete_until is not None:
        reached["cursor"] = complete_until
    if claim.job.mode is Mode.FULL:
        reached["census_due"] = a_day_later(claim.connection_id, now)
        reached["full_due"] = None
        period = await delta_period(database, session, claim.connection, now)
        reached["delta_due"] = next_delta(claim.connection_id, now, period)
    return await _handed_over(database, session, claim, job=end, connection=reached)


async def ended_badly(
    database: Database,
    session: Session,
    claim: Claim,
    *,
    now: Instant,
    failure: Failure,
    death: Death | None = None,
) -> bool:
    """End a job badly within a transaction; gives whether another waits behind it.

    Where the credential is refused, the connection stands so, and the job behind fails as well;
    unless it has another by now: then the job is begun again with that.
    """
    refused = failure.reason == ConnectionNeedsCredentials.reason
    own = await database[CONNECTIONS].find_one({"_id": claim.connection_id}, session=session)
    if refused and own is not None and own["sealed"] != claim.connection.sealed:
        await fenced(database, session, claim.connection_id, claim.epoch)
        again = {"state": JobState.QUEUED.value, "touched": now}
        await database[JOBS].update_one({"_id": claim.job.job_id}, {"$set": again}, session=session)
        return True
    changes = {"set": {"standing": ConnectionStanding.NEEDS_CREDENTIALS.value}} if refused else {}
    # What it wrote before it failed is there: readers must look again.
    await fenced(
        database, session, claim.connection_id, claim.epoch, inc={"revision": 1}, **changes
    )
    why = {"reason": failure.reason, "message": failure.message}
    end = {**ended(JobState.FAILED, now), "failure": why}
    left = {**_due_again(claim, now), **(stopped(own, Cause.REFUSED, now) if refused else {})}
    another = await _handed_over(database, session, claim, job=end, connection=left)
    if death is not None:
        await keep_letter(database, session, claim.job, death=death, now=now)
    if refused and another:
        await _handed_over(database, session, claim, job=end, connection={})
    return another and not refused


def _due_again(claim: Claim, now: Instant) -> Document:
    """Have what was never collected tried again a day later, and no DELTA do so sooner."""
    if claim.connection.cursor is not None:
        return {}
    return {"full_due": a_day_later(claim.connection_id, now), "delta_due": None}


async def _handed_over(
    database: Database, session: Session, claim: Claim, *, job: Document, connection: Document
) -> bool:
    """End the connection's present job and put the one behind it in its place."""
    own = await database[CONNECTIONS].find_one({"_id": claim.connection_id}, session=session)
    if own is None:
        raise Superseded("the connection was deleted")
    present = own["active_job"]
    await database[JOBS].update_one({"_id": present}, {"$set": job}, session=session)
    await database[JOB_PAGES].delete_many({"job_id": present}, session=session)
    await database[CONNECTIONS].update_one(
        {"_id": claim.connection_id},
        {"$set": {**connection, "active_job": own["next_job"], "next_job": None}},
        session=session,
    )
    return own["next_job"] is not None
