"""Stored issues that the site does not list: found, marked as deleted, or held."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.ids import Instant, IssueId
from services.sync.domain.completeness import Count, ProjectCount, add_issue, with_aside
from services.sync.domain.quarantine import Read
from services.sync.domain.vanishing import Census, Missing
from services.sync.store.claims import Claim, Hold
from services.sync.store.completeness import settled_until, write_count
from services.sync.store.database import JOB_PAGES, fenced
from services.sync.store.digests import DigestStore
from services.sync.store.issues import IssueStore
from services.sync.store.quarantine import QuarantineStore

PAGES_AT_ONCE: Final = 500


class VanishedStore(DigestStore):
    """Compares what is stored with what a sweep listed, and writes what follows; fenced."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._issues = IssueStore(database)
        self._quarantine = QuarantineStore(database)

    async def unlisted(self, claim: Claim, before: Instant) -> Census:
        """Tell what was made before an instant, is stored, and was not listed by the sweep."""
        listed = await self._listed(claim)
        known = await self._quarantine.ids(claim.connection.scope)
        aside, lost = known - listed, listed - known
        missing, projects, after = list[Missing](), dict[str, ProjectCount](), ""
        shown = set[str]()
        while rows := await self._stored(claim, after):
            for row in rows:
                aside.discard(row["issue_id"])
                lost.discard(row["issue_id"])
                add_issue(projects, row["project_id"], row["project_key"], row["history_count"])
            shown |= {row["project_id"] for row in rows if row["issue_id"] in listed}
            missing += [
                Missing(
                    IssueId(row["issue_id"]),
                    row["project_id"],
                    changelog_entries=row["history_count"],
                )
                for row in rows
                if row["issue_id"] not in listed and row["created"] < before
            ]
            after = rows[-1]["_id"]
        return Census(missing, projects, sorted(aside), shown, len(lost))

    async def called_otherwise(self, claim: Claim, keys: Mapping[str, str]) -> Sequence[IssueId]:
        """List stored issues whose project has another key by now; `keys` are by project id."""
        found, after = list[IssueId](), ""
        while rows := await self._stored(claim, after):
            found += [
                IssueId(row["issue_id"])
                for row in rows
                if keys.get(row["project_id"], row["project_key"]) != row["project_key"]
            ]
            after = rows[-1]["_id"]
        return found

    @store_call
    async def settled_until(self, claim: Claim) -> Instant | None:
        """Tell before when every change is stored, also of what was not shown for a while."""
        return await settled_until(self._database, claim.connection_id)

    @store_call
    async def write_found(self, hold: Hold, read: Read, now: Instant) -> int:
        """Store what is there after all; gives how many issues changed."""

        async def work(session: Session) -> int:
            state = await fenced(self._database, session, hold.connection_id, hold.epoch)
            return await self._issues.write_read(session, hold, read, state=state, now=now)

        return await in_transaction(self._database, work)

    @store_call
    async def bury(self, hold: Hold, ids: Sequence[IssueId], now: Instant) -> None:
        """Mark issues as deleted, and forget that they were set aside; see IssueStore."""

        async def work(session: Session) -> None:
            state = await fenced(self._database, session, hold.connection_id, hold.epoch)
            await self._issues.bury(session, hold.connection.scope, ids, state=state, now=now)

        await in_transaction(self._database, work)

    @store_call
    async def note_count(self, claim: Claim, count: Count) -> None:
        """Note what is stored and what of it is held; what was held before is so since then."""

        async def work(session: Session) -> None:
            scope, own = claim.connection.scope, (claim.connection_id, claim.epoch)
            held = {"held_count": sum(project.held for project in count.projects)}
            state = await fenced(self._database, session, *own, set=held)
            aside = await self._quarantine.projects(session, scope)
            unstored = count.lost + sum(not stored for *_, stored in aside)
            known = {"expected_issue_count": state["issue_count"] + unstored}
            await fenced(self._database, session, *own, set=known)
            await write_count(self._database, scope, with_aside(count, aside), session)

        await in_transaction(self._database, work)

    async def _listed(self, claim: Claim) -> set[IssueId]:
        listed, after = set[IssueId](), ""
        while pages := await self._pages(claim, after):
            for page in pages:
                listed.update(page["ids"])
            after = pages[-1]["_id"]
        return listed

    @store_call
    async def _pages(self, claim: Claim, after: str) -> Sequence[Document]:
        wanted = {"job_id": claim.job.job_id, "_id": {"$gt": after}}
        found = self._database[JOB_PAGES].find(wanted, {"ids": 1})
        return await found.sort("_id", 1).limit(PAGES_AT_ONCE).to_list()
