"""What is deleted for good: a workspace's data, and the credentials of a person."""

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.audit import AuditEvent
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES
from services.kernel.errors import ConnectionNeedsCredentials
from services.kernel.ids import ConnectionId, Instant, WorkspaceId
from services.kernel.stop import Cause
from services.kernel.sync_job import JobState
from services.sync.store.database import CONNECTIONS, JOB_PAGES, JOBS, QUOTAS, WORKSPACES
from services.sync.store.job_documents import ended
from services.sync.store.outbox import note_events
from services.sync.store.stops import stopped


class ErasingStore:
    """Deletes; each step may be done again and again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def take_credential(self, connection_id: ConnectionId, event: AuditEvent) -> None:
        """Delete a connection's credential and the address in it, and end its runs.

        A worker that has read the credential writes nothing any more: its epoch has passed.
        """
        own = {"_id": connection_id}

        async def work(session: Session) -> None:
            connection = await self._database[CONNECTIONS].find_one(own, session=session)
            if connection is None:
                return
            for job_id in (connection["active_job"], connection["next_job"]):
                await self._end(job_id, session, event.occurred)
            standing = {"standing": ConnectionStanding.NEEDS_CREDENTIALS.value}
            await self._database[CONNECTION_STATES].update_one(
                own, {"$set": standing, "$inc": {"epoch": 1, "revision": 1}}, session=session
            )
            nothing: Document = {"email": "", "sealed": b"", "active_job": None, "next_job": None}
            nothing |= stopped(connection, Cause.ERASED, event.occurred)
            await self._database[CONNECTIONS].update_one(own, {"$set": nothing}, session=session)
            await note_events(self._database, [event], session)

        await in_transaction(self._database, work)

    @store_call
    async def forget_workspace(self, workspace_id: WorkspaceId) -> None:
        """Delete what is kept of a workspace beside its connections."""
        for collection in (QUOTAS, WORKSPACES):
            await self._database[collection].delete_many({"workspace_id": workspace_id})

    async def _end(self, job_id: str | None, session: Session, now: Instant) -> None:
        """End a job as one whose credential is refused."""
        if job_id is None:
            return
        refused = ConnectionNeedsCredentials()
        why = {"reason": refused.reason, "message": refused.message}
        end = {**ended(JobState.FAILED, now), "failure": why}
        await self._database[JOBS].update_one({"_id": job_id}, {"$set": end}, session=session)
        await self._database[JOB_PAGES].delete_many({"job_id": job_id}, session=session)
