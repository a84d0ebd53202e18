"""What a run learns of a site besides its issues: kept with the connection, fenced."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.documents import documents_of_statuses
from services.kernel.ids import Instant
from services.kernel.sync_job import Mode
from services.kernel.workflow import Status
from services.sync.domain.fields import FieldSet
from services.sync.domain.unshown import Unshown
from services.sync.store.claims import Claim, Hold
from services.sync.store.connections import Connection
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
    async def hide(self, hold: Hold, now: Instant, keys: Sequence[str]) -> Hold:
        """Note that more projects are not shown; gives the hold as it is then."""
        hidden = {*hold.connection.unseen.hidden, *keys}

        async def work(session: Session) -> Hold:
            connection = await _unseen(self._database, session, hold, hidden, now=now)
            return replace(hold, connection=connection)

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


async def _unseen(
    database: Database, session: Session, hold: Hold, hidden: Collection[str], *, now: Instant
) -> Connection:
    """Note within a transaction which projects are not shown, and that all of them are missed."""
    known = hold.connection
    unseen = known.unseen.noted(hidden, Unshown(now, known.state.complete_until))
    count = len(unseen.hidden) + len(unseen.returned)
    missed = {"hidden_count": count}
    await fenced(database, session, hold.connection_id, hold.epoch, set=missed)
    noted, place = {"hidden": unseen.as_documents()}, {"_id": hold.connection_id}
    await database[CONNECTIONS].update_one(place, {"$set": noted}, session=session)
    return replace(known, state=replace(known.state, hidden_count=count), unseen=unseen)


async def _noted_hidden(
    database: Database, session: Session, claim: Claim, hidden: Sequence[str], *, now: Instant
) -> Claim:
    connection = await _unseen(database, session, claim, hidden, now=now)
    job = claim.job
    if connection.unseen.returned:
        # What was edited while it was not shown is before the cursor by now.
        job = replace(job, since=0) if job.mode is Mode.DELTA else job
        own, place = {"_id": job.job_id}, {"_id": claim.connection_id}
        await database[JOBS].update_one(own, {"$set": {"since": job.since}}, session=session)
        connection = replace(connection, digested=None)
        await database[CONNECTIONS].update_one(place, {"$set": {"digested": None}}, session=session)
    return replace(claim, job=job, connection=connection)
