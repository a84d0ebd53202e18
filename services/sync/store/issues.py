"""Issues as they are stored: written where they are newer, and never for another's connection."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from bson import encode
from pymongo import ReplaceOne

from services.chassis.mongo import Database, Document, Session
from services.kernel.documents import CONNECTION_STATES, ISSUES, document_of_issue, issue_key
from services.kernel.errors import SiteUnreachable
from services.kernel.ids import Instant, IssueId, TenantScope
from services.kernel.issue import Issue
from services.sync.domain.attempts import PLAINLY_SO_FROM
from services.sync.domain.completeness import More, expected_after
from services.sync.domain.quarantine import Read
from services.sync.store.claims import Hold
from services.sync.store.quarantine import QuarantineStore


def content_hash(document: Mapping[str, Any]) -> str:
    """Hash a document's content, so that an issue that did not change is not written again."""
    return hashlib.blake2b(encode(document), digest_size=16).hexdigest()


class IssueStore:
    """Writes issues within the transaction of a page."""

    def __init__(self, database: Database) -> None:
        self._issues = database[ISSUES]
        self._states = database[CONNECTION_STATES]
        self._quarantine = QuarantineStore(database)

    async def write_read(
        self,
        session: Session,
        hold: Hold,
        read: Read,
        *,
        state: Document,
        now: Instant,
        listed: bool = False,
    ) -> int:
        """Write what reading a page gave, and what it means for the counts; gives what changed.

        `state` is the connection's as the fence gave it, and is changed as what is stored of it.
        What was `listed` was counted when it was. See `write_newer` for the hold's attempt.
        """
        scope = hold.connection.scope
        written, added = await self.write_newer(
            session, scope, read.issues, seq=state["seq"], attempt=hold.attempt
        )
        aside = unstored = 0
        if read.quarantined or state.get("quarantined_count") != 0:
            there = await self._there(session, scope, [bad.issue_id for bad in read.quarantined])
            aside, unstored = await self._quarantine.note(
                session, scope, read, now=now, stored=there
            )
        if written or aside or unstored:
            more = More(added, aside, added + unstored)
            await self._note(session, state, more, written=now if written else None, listed=listed)
        return written

    async def write_newer(
        self,
        session: Session,
        scope: TenantScope,
        issues: Sequence[Issue],
        *,
        seq: int,
        attempt: int,
    ) -> tuple[int, int]:
        """Write the issues that are newer than what is stored, or as new with other content.

        All are written with `seq`. Gives how many were written, and how many of them were added.
        A filtered upsert would not do: meeting a newer row it raises a duplicate key, which aborts
        the transaction. Hence the read first.
        SiteUnreachable where a history has fewer rows than are stored: no history grows shorter,
        but where a field is deleted with all it held. At a later attempt it is believed.
        """
        documents = [document_of_issue(issue, scope) for issue in issues]
        for document in documents:
            document["hash"] = content_hash(document)
        stored = await self._stored(session, scope, [document["_id"] for document in documents])
        newer = [document for document in documents if _is_newer(document, stored)]
        if attempt < PLAINLY_SO_FROM and any(_is_shorter(one, stored) for one in newer):
            raise SiteUnreachable("the site gave less of a history than before")
        if newer:
            await self._issues.bulk_write(
                [
                    ReplaceOne(
                        {"_id": document["_id"], "connection_id": scope.connection_id},
                        {**document, "seq": seq},
                        upsert=True,
                    )
                    for document in newer
                ],
                ordered=False,
                session=session,
            )
        added = sum(_is_not_there(stored.get(document["_id"])) for document in newer)
        return len(newer), added

    async def bury(
        self,
        session: Session,
        scope: TenantScope,
        ids: Sequence[IssueId],
        *,
        state: Document,
        now: Instant,
    ) -> int:
        """Mark issues as deleted, and forget that they were set aside; gives how many.

        One that was marked before keeps its instant. `state` as above.
        """
        keys = [issue_key(scope, issue_id) for issue_id in ids]
        alive = {"_id": {"$in": keys}, "connection_id": scope.connection_id, "deleted": None}
        # Without a hash whatever the site gives of it later is written.
        gone = {"$set": {"deleted": now, "seq": state["seq"], "hash": ""}}
        done = await self._issues.update_many(alive, gone, session=session)
        count = done.modified_count
        forgotten, unstored = await self._quarantine.forget(session, scope, ids)
        fewer = More(-count, -forgotten, -count - unstored)
        await self._note(session, state, fewer, written=now if count else None)
        return count

    async def _note(
        self,
        session: Session,
        state: Document,
        more: More,
        *,
        written: Instant | None,
        listed: bool = False,
    ) -> None:
        """Note in the connection's state how many more there are, and when issues changed."""
        stored, expected = state["issue_count"] + more.stored, state["expected_issue_count"]
        noted = {
            "issue_count": stored,
            "expected_issue_count": expected_after(expected, stored, more, listed=listed),
            "quarantined_count": state.get("quarantined_count", 0) + more.aside,
            "written": state.get("written", 0) if written is None else written,
        }
        await self._states.update_one({"_id": state["_id"]}, {"$set": noted}, session=session)
        state.update(noted)

    async def _there(
        self, session: Session, scope: TenantScope, ids: Sequence[IssueId]
    ) -> dict[str, Document]:
        """Give what is stored of issues, with their projects, of those not seen deleted."""
        if not ids:
            return {}
        keys = [issue_key(scope, issue_id) for issue_id in ids]
        wanted = {"_id": {"$in": keys}, "connection_id": scope.connection_id, "deleted": None}
        found = self._issues.find(wanted, {"project_id": 1, "project_key": 1}, session=session)
        return {one["_id"]: one async for one in found}

    async def updated(self, scope: TenantScope, ids: Sequence[IssueId]) -> dict[IssueId, Instant]:
        """Tell up to when issues are stored, of those that are and were not seen deleted."""
        keys = [issue_key(scope, issue_id) for issue_id in ids]
        wanted = {"_id": {"$in": keys}, "connection_id": scope.connection_id, "deleted": None}
        found = self._issues.find(wanted, {"issue_id": 1, "updated": 1})
        return {IssueId(one["issue_id"]): one["updated"] async for one in found}

    async def _stored(
        self, session: Session, scope: TenantScope, keys: Sequence[str]
    ) -> dict[str, Document]:
        cursor = self._issues.find(
            {"_id": {"$in": list(keys)}, "connection_id": scope.connection_id},
            {"updated": 1, "hash": 1, "deleted": 1, "history_count": 1},
            session=session,
        )
        return {document["_id"]: document async for document in cursor}


def _is_not_there(known: Mapping[str, Any] | None) -> bool:
    return known is None or known["deleted"] is not None


def _is_shorter(document: Mapping[str, Any], stored: Mapping[str, Mapping[str, Any]]) -> bool:
    known = stored.get(document["_id"], {})
    return bool(document["history_count"] < known.get("history_count", 0))


def _is_newer(document: Mapping[str, Any], stored: Mapping[str, Mapping[str, Any]]) -> bool:
    known = stored.get(document["_id"])
    if known is None:
        return True
    changed = bool(document["hash"] != known["hash"])
    return changed and bool(document["updated"] >= known["updated"])
