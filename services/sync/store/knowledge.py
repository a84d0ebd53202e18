"""What a run learns of a site besides its issues: kept with the connection, fenced."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.documents import documents_of_statuses
from services.kernel.ids import Instant
from services.kernel.sync_job import Mode
from services.kernel.workflow import Status
from services.sync.domain.fields import FieldSet
from services.sync.store.claims import Claim, Hold
from services.sync.store.database import CONNECTIONS, JOBS, fenced


class KnowledgeStore:
    """Keeps a site's statuses and fields."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def know_statuses(self, hold: Hold, now: Instant, statuses: Mapping[str, Status]) -> None:
        """Note the statuses of the site, and when they were read."""

        async def work(session: Session) -> None:
            await fenced(
                self._database,
                session,
                hold.connection_id,
                hold.epoch,
                set={"statuses": documents_of_statuses(statuses)},
            )
            await self._database[CONNECTIONS].update_one(
                {"_id": hold.connection_id}, {"$set": {"statuses_read": now}}, session=session
            )

        await in_transaction(self._database, work)

    @store_call
    async def know_fields(self, claim: Claim, now: Instant, fields: FieldSet) -> Claim:
        """Note the fields of the site, and when they were read; gives the claim as it is then."""

        async def work(session: Session) -> Claim:
            return await _noted(self._database, session, claim, fields, now=now)

        return await in_transaction(self._database, work)

    @store_call
    async def know_hidden(self, claim: Claim, now: Instant, hidden: Sequence[str]) -> Claim:
        """Note which projects are not shown; what is shown again is looked through as a whole."""

        async def work(session: Session) -> Claim:
            return await _noted_hidden(self._database, session, claim, hidden, now=now)

        return await in_transaction(self._database, work)

    @store_call
    async def begin_again(self, claim: Claim) -> Claim:
        """Have a job read everything; gives the claim as it is then."""

        async def work(session: Session) -> Claim:
            return await _made_full(self._database, session, claim)

        return await in_transaction(self._database, work)


async def _noted(
    database: Database, session: Session, claim: Claim, fields: FieldSet, *, now: Instant
) -> Claim:
    """Note a site's fields within a transaction; what was read with others is not settled."""
    known = claim.connection
    changed = known.fields_read is None or fields != known.fields
    unsettled = {"set": {"fields_settled": False}} if changed else {}
    await fenced(database, session, claim.connection_id, claim.epoch, **unsettled)
    noted = {"fields": fields.as_document(), "fields_read": now}
    own = {"_id": claim.connection_id}
    await database[CONNECTIONS].update_one(own, {"$set": noted}, session=session)
    settled = known.state.fields_settled and not changed
    state = replace(known.state, fields_settled=settled)
    return replace(claim, connection=replace(known, state=state, fields=fields, fields_read=now))


async def _made_full(database: Database, session: Session, claim: Claim) -> Claim:
    """Make a job within a transaction read everything."""
    await fenced(database, session, claim.connection_id, claim.epoch)
    full = {"mode": Mode.FULL.value, "since": None}
    job = {"_id": claim.job.job_id}
    await database[JOBS].update_one(job, {"$set": full}, session=session)
    return replace(claim, job=replace(claim.job, mode=Mode.FULL, since=None))


async def _noted_hidden(
    database: Database, session: Session, claim: Claim, hidden: Sequence[str], *, now: Instant
) -> Claim:
    await fenced(database, session, claim.connection_id, claim.epoch)
    known = claim.connection
    since = {key: known.hidden.get(key, now) for key in hidden}
    noted: Document = {"hidden": [{"key": key, "since": at} for key, at in since.items()]}
    job, digested = claim.job, known.digested
    if set(known.hidden) - set(hidden):
        # What was edited while it was not shown is before the cursor by now.
        job = replace(job, since=0) if job.mode is Mode.DELTA else job
        digested = noted["digested"] = None
        own = {"_id": job.job_id}
        await database[JOBS].update_one(own, {"$set": {"since": job.since}}, session=session)
    place = {"_id": claim.connection_id}
    await database[CONNECTIONS].update_one(place, {"$set": noted}, session=session)
    connection = replace(known, hidden=since, digested=digested)
    return replace(claim, job=job, connection=connection)
