"""Issues that were set aside, with the reason, until they can be kept."""

from collections.abc import Sequence

from services.chassis.mongo import Database, Session, store_call
from services.kernel.documents import issue_key
from services.kernel.ids import Instant, IssueId, TenantScope
from services.sync.domain.quarantine import Quarantined, Read
from services.sync.store.database import QUARANTINE


class QuarantineStore:
    """Keeps what was set aside, within the transaction of a page."""

    def __init__(self, database: Database) -> None:
        self._quarantine = database[QUARANTINE]

    async def note(self, session: Session, scope: TenantScope, read: Read, *, now: Instant) -> int:
        """Set aside what cannot be kept, and take out what can; gives how many more there are."""
        more = 0
        for bad in read.quarantined:
            more += await self._set_aside(session, scope, bad, now)
        return more - await self.forget(session, scope, [one.issue_id for one in read.issues])

    async def forget(self, session: Session, scope: TenantScope, ids: Sequence[IssueId]) -> int:
        """Take out issues that can be kept, or are no more; gives how many there were."""
        keys = [issue_key(scope, issue_id) for issue_id in ids]
        own = {"_id": {"$in": keys}, "connection_id": scope.connection_id}
        gone = await self._quarantine.delete_many(own, session=session)
        return gone.deleted_count

    @store_call
    async def ids(self, scope: TenantScope) -> set[IssueId]:
        """Tell which issues are set aside."""
        own = {"connection_id": scope.connection_id}
        found = self._quarantine.find(own, {"issue_id": 1})
        return {IssueId(one["issue_id"]) async for one in found}

    async def updated(
        self, scope: TenantScope, ids: Sequence[IssueId]
    ) -> dict[IssueId, str | None]:
        """Tell with which last change issues were set aside."""
        keys = [issue_key(scope, issue_id) for issue_id in ids]
        wanted = {"_id": {"$in": keys}, "connection_id": scope.connection_id}
        found = self._quarantine.find(wanted, {"issue_id": 1, "updated": 1})
        return {IssueId(one["issue_id"]): one["updated"] async for one in found}

    async def _set_aside(
        self, session: Session, scope: TenantScope, bad: Quarantined, now: Instant
    ) -> int:
        """Keep one, and count how often it was tried; gives 1 where it was not there before."""
        place = {"_id": issue_key(scope, bad.issue_id)}
        known = await self._quarantine.find_one(place, session=session)
        document = {
            **place,
            "workspace_id": scope.workspace_id,
            "connection_id": scope.connection_id,
            "issue_id": bad.issue_id,
            "reason": bad.reason,
            "updated": bad.updated,
            "since": known["since"] if known else now,
            "tried": now,
            "attempts": known["attempts"] + 1 if known else 1,
        }
        await self._quarantine.replace_one(place, document, upsert=True, session=session)
        return 0 if known else 1
