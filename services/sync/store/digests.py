"""What digests look at and what they find, kept beside the counts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.documents import ISSUES
from services.kernel.ids import IssueId
from services.sync.domain.digest import Checked, Digest, History
from services.sync.store.claims import Claim
from services.sync.store.database import COMPLETENESS, CONNECTIONS, fenced

ISSUES_AT_ONCE: Final = 5000
COUNTED: Final = ("issue_id", "project_id", "project_key", "created", "history_count")


class DigestStore:
    """Gives what is stored of a connection, and keeps what a digest found of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def histories(self, claim: Claim) -> Sequence[History]:
        """Give every stored issue that was not seen deleted, with the rows that were read of it."""
        found, after = list[History](), ""
        while rows := await self._stored(claim, after):
            found += [
                History(IssueId(row["issue_id"]), row["project_id"], row["history_count"])
                for row in rows
            ]
            after = rows[-1]["_id"]
        return found

    @store_call
    async def checked(self, claim: Claim) -> Sequence[Checked]:
        """Give what the claim's job has checked so far."""
        found = await self._database[COMPLETENESS].find_one({"_id": claim.connection_id})
        begun = (found or {}).get("digesting")
        if begun is None or begun["job"] != claim.job.job_id:
            return []
        return [Checked(**project) for project in begun["projects"]]

    @store_call
    async def note_checked(self, claim: Claim, checked: Checked) -> None:
        """Keep what was checked of a project, until the digest is made."""
        own, job = {"_id": claim.connection_id}, claim.job.job_id

        async def work(session: Session) -> None:
            await fenced(self._database, session, claim.connection_id, claim.epoch)
            kept = self._database[COMPLETENESS]
            begun = {**own, "digesting.job": job}
            more = {"$push": {"digesting.projects": asdict(checked)}}
            if (await kept.update_one(begun, more, session=session)).matched_count:
                return
            first = {"digesting": {"job": job, "projects": [asdict(checked)]}}
            await kept.update_one(own, {"$set": first}, session=session)

        await in_transaction(self._database, work)

    @store_call
    async def note_digest(self, claim: Claim, digest: Digest) -> None:
        """Keep what a digest found, and that it was made."""
        projects = [asdict(project) for project in digest.projects]
        found = {"digest": {"at": digest.at, "projects": projects}, "digesting": None}
        own = {"_id": claim.connection_id}

        async def work(session: Session) -> None:
            await fenced(self._database, session, claim.connection_id, claim.epoch)
            done = {"$set": {"digested": digest.at}}
            await self._database[CONNECTIONS].update_one(own, done, session=session)
            await self._database[COMPLETENESS].update_one(own, {"$set": found}, session=session)

        await in_transaction(self._database, work)

    @store_call
    async def _stored(self, claim: Claim, after: str) -> Sequence[Document]:
        """Give the next stored issues of a connection that were not seen deleted."""
        first = max(after, f"{claim.connection_id}:")
        wanted = {
            "_id": {"$gt": first, "$lt": f"{claim.connection_id};"},
            "connection_id": claim.connection_id,
            "deleted": None,
        }
        found = self._database[ISSUES].find(wanted, dict.fromkeys(COUNTED, 1))
        return await found.sort("_id", 1).limit(ISSUES_AT_ONCE).to_list()


def digest_of(document: Document) -> Digest | None:
    """Read what the last digest found; None before there was one."""
    found = document.get("digest")
    if found is None:
        return None
    return Digest(found["at"], [Checked(**project) for project in found["projects"]])
