"""Issues that were set aside, with the reason, until they can be kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from services.chassis.mongo import Database, Document, Session, store_call
from services.kernel.documents import issue_key
from services.kernel.ids import Instant, IssueId, TenantScope
from services.sync.domain.quarantine import Quarantined, Read
from services.sync.store.database import QUARANTINE


class QuarantineStore:
    """Keeps what was set aside, within the transaction of a page."""

    def __init__(self, database: Database) -> None:
        self._quarantine = database[QUARANTINE]

    async def note(
        self,
        session: Session,
        scope: TenantScope,
        read: Read,
        *,
        now: Instant,
        stored: Mapping[str, Document],
    ) -> tuple[int, int]:
        """Set aside what cannot be kept, of which some is `stored`, and take out what can be kept.

        Gives how many more there are, and how many more of which nothing is stored.
        """
        good = [one.issue_id for one in read.issues]
        gone, more = await self.forget(session, scope, good), Counter[bool]()
        for bad in read.quarantined:
            own = stored.get(issue_key(scope, bad.issue_id))
            more[own is not None] += await self._set_aside(session, scope, bad, now=now, stored=own)
        return more.total() - gone[0], more[False] - gone[1]

    async def forget(
        self, session: Session, scope: TenantScope, ids: Sequence[IssueId]
    ) -> tuple[int, int]:
        """Take out issues that can be kept, or are no more; gives how many there were.

        And how many of which nothing is stored.
        """
        keys = [issue_key(scope, issue_id) for issue_id in ids]
        own = {"_id": {"$in": keys}, "connection_id": scope.connection_id}
        found = await self._quarantine.find(own, {"stored": 1}, session=session).to_list()
        if found:
            await self._quarantine.delete_many(own, session=session)
        return len(found), sum(not one.get("stored", True) for one in found)

    async def projects(self, session: Session, scope: TenantScope) -> list[tuple[str, str, bool]]:
        """Give of each that is set aside its project, and whether anything of it is stored."""
        wanted = dict.fromkeys(("project_id", "project_key", "stored"), 1)
        own = {"connection_id": scope.connection_id}
        found = self._quarantine.find(own, wanted, session=session)
        # Absent in what was set aside before it was kept.
        return [
            (one.get("project_id", ""), one.get("project_key", ""), one.get("stored", True))
            async for one in found
        ]

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
        self,
        session: Session,
        scope: TenantScope,
        bad: Quarantined,
        *,
        now: Instant,
        stored: Document | None,
    ) -> int:
        """Keep one, and count how often it was tried; gives 1 where it was not there before."""
        place = {"_id": issue_key(scope, bad.issue_id)}
        known = await self._quarantine.find_one(place, session=session)
        # One whose project cannot be told any more is where it was.
        project = stored if stored and not bad.project_id else asdict(bad)
        document = {
            **place,
            "project_id": project["project_id"],
            "project_key": project["project_key"],
            "stored": stored is not None,
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
