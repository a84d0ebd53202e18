"""Dead letters: kept in the transaction that ends their job, and replayed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bson.datetime_ms import DatetimeMS

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.audit import AuditEvent
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES
from services.kernel.errors import ConnectionNeedsCredentials, NotFound
from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId
from services.kernel.sync_job import Mode, SyncJob
from services.sync.domain.dead_letter import (
    DeadLetter,
    Death,
    Reason,
    Sought,
    letter_id_of,
    replay_id_of,
)
from services.sync.domain.wanted import Wanted
from services.sync.store.connections import connection_of
from services.sync.store.database import CONNECTIONS, DEAD_LETTERS, JOBS
from services.sync.store.job_documents import job_of
from services.sync.store.outbox import note_events
from services.sync.store.starting import begun

KEPT_MILLISECONDS: Final = 30 * 24 * 3600 * 1000
MOST_OF_A_WORKSPACE: Final = 1000
# One that fails every five minutes leaves the others' letters in their place.
MOST_OF_A_CONNECTION: Final = 100
LATEST_FIRST: Final = [("died", -1), ("_id", -1)]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The job that does now what a letter is about, and whether it was started for it just now."""

    job: SyncJob
    started: bool


async def keep_letter(
    database: Database, session: Session, job: SyncJob, *, death: Death, now: Instant
) -> None:
    """Keep a job's letter, within the transaction that ends it.

    Of letters of its connection, and of its workspace, only the latest are kept.
    """
    letters = database[DEAD_LETTERS]
    await letters.insert_one(_document_of(job, death, now), session=session)
    for own, most in (
        ({"connection_id": job.connection_id}, MOST_OF_A_CONNECTION),
        ({"workspace_id": job.workspace_id}, MOST_OF_A_WORKSPACE),
    ):
        over = letters.find(own, {"_id": 1}, session=session).sort(LATEST_FIRST).skip(most)
        if ids := [document["_id"] async for document in over]:
            await letters.delete_many({"_id": {"$in": ids}}, session=session)


class DeadLetterStore:
    """Lists letters of a workspace and replays them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._letters = database[DEAD_LETTERS]

    @store_call
    async def page(
        self,
        workspace_id: WorkspaceId,
        sought: Sought,
        *,
        before: tuple[Instant, str] | None,
        size: int,
        now: Instant,
    ) -> Sequence[DeadLetter]:
        """List a workspace's letters, the latest first, from those before an instant and an id."""
        query: Document = {"workspace_id": workspace_id, "died": {"$gt": now - KEPT_MILLISECONDS}}
        if sought.connection_id is not None:
            query["connection_id"] = sought.connection_id
        if sought.reason is not None:
            query["reason"] = sought.reason.value
        if sought.unreplayed:
            query["replay_job_id"] = None
        if before is not None:
            died, letter_id = before
            query["$or"] = [{"died": {"$lt": died}}, {"died": died, "_id": {"$lt": letter_id}}]
        cursor = self._letters.find(query).sort(LATEST_FIRST).limit(size)
        return [_letter_of(document) async for document in cursor]

    @store_call
    async def some(self, workspace_id: WorkspaceId, ids: Sequence[str]) -> Sequence[DeadLetter]:
        """Find a workspace's letters by their ids, the latest first."""
        query = {"_id": {"$in": list(ids)}, "workspace_id": workspace_id}
        return [_letter_of(one) async for one in self._letters.find(query).sort(LATEST_FIRST)]

    @store_call
    async def replay(self, letter: DeadLetter, told: AuditEvent, now: Instant) -> Replayed:
        """Start again what a letter is about, once: replayed again, its job of then is given.

        ConnectionNeedsCredentials where the site refuses the connection's credential.
        """

        async def work(session: Session) -> Replayed:
            place = {"_id": letter.letter_id, "workspace_id": letter.workspace_id}
            kept = await self._letters.find_one(place, session=session)
            if kept is None:
                raise NotFound("dead letter")
            if kept["replay_job_id"] is not None:
                was = {"_id": kept["replay_job_id"]}
                before = await self._database[JOBS].find_one(was, session=session)
                if before is None:
                    raise NotFound("job")
                return Replayed(job_of(before), started=False)
            job = await self._begun(session, letter, now)
            done = {"replay_job_id": job.job_id, "replayed": now}
            await self._letters.update_one(place, {"$set": done}, session=session)
            await note_events(self._database, [told], session)
            return Replayed(job, started=job.job_id == replay_id_of(letter.letter_id))

        return await in_transaction(self._database, work)

    async def _begun(self, session: Session, letter: DeadLetter, now: Instant) -> SyncJob:
        place = {"_id": letter.connection_id}
        own = await self._database[CONNECTIONS].find_one(place, session=session)
        state = await self._database[CONNECTION_STATES].find_one(place, session=session)
        if own is None or state is None:
            raise NotFound("connection")
        if state["standing"] == ConnectionStanding.NEEDS_CREDENTIALS.value:
            raise ConnectionNeedsCredentials
        wanted = Wanted(letter.mode, letter.believes_vanished)
        connection, job_id = connection_of(own, state), replay_id_of(letter.letter_id)
        return await begun(self._database, session, connection, wanted, job_id=job_id, now=now)


def _document_of(job: SyncJob, death: Death, now: Instant) -> Document:
    return {
        "_id": letter_id_of(job.job_id),
        "workspace_id": job.workspace_id,
        "connection_id": job.connection_id,
        "job_id": job.job_id,
        "mode": job.mode.value,
        "believes_vanished": job.believes_vanished,
        "reason": death.reason.value,
        "error": death.error,
        "attempts": death.attempts,
        "job_created": job.created,
        "died": now,
        "replayed": None,
        "replay_job_id": None,
        "expires_at": DatetimeMS(now + KEPT_MILLISECONDS),
    }


def _letter_of(document: Mapping[str, Any]) -> DeadLetter:
    replayed = document["replay_job_id"]
    return DeadLetter(
        letter_id=document["_id"],
        workspace_id=WorkspaceId(document["workspace_id"]),
        connection_id=ConnectionId(document["connection_id"]),
        job_id=JobId(document["job_id"]),
        mode=Mode(document["mode"]),
        believes_vanished=document["believes_vanished"],
        death=Death(Reason(document["reason"]), document["error"], document["attempts"]),
        job_created=document["job_created"],
        died=document["died"],
        replayed=document["replayed"],
        replay_job_id=JobId(replayed) if replayed else None,
    )
