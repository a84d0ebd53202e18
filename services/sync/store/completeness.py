"""How much of a site is stored, as counted when all of it was listed last."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from services.chassis.mongo import Database, Document, Session, store_call
from services.kernel.ids import ConnectionId, Instant, IssueId, TenantScope
from services.sync.domain.completeness import Aside, Count, ProjectCount, held_on
from services.sync.domain.digest import Digest
from services.sync.store.database import COMPLETENESS, QUARANTINE
from services.sync.store.digests import digest_of

SHOWN: Final = 100


class CompletenessStore:
    """Gives what was counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def count(self, scope: TenantScope) -> Count | None:
        """Give what was counted of a connection; None before everything was listed once."""
        own = {"_id": scope.connection_id, "workspace_id": scope.workspace_id}
        document = await self._database[COMPLETENESS].find_one(own)
        return _count_of(document) if document else None

    @store_call
    async def digest(self, scope: TenantScope) -> Digest | None:
        """Give what the last digest of a connection found; None before there was one."""
        own = {"_id": scope.connection_id, "workspace_id": scope.workspace_id}
        document = await self._database[COMPLETENESS].find_one(own, {"digest": 1})
        return digest_of(document) if document else None

    @store_call
    async def aside(self, scope: TenantScope) -> Sequence[Aside]:
        """List the first issues that are set aside."""
        own = {"connection_id": scope.connection_id, "workspace_id": scope.workspace_id}
        found = self._database[QUARANTINE].find(own).sort("_id", 1).limit(SHOWN)
        return [
            Aside(
                IssueId(one["issue_id"]),
                one["reason"],
                one["since"],
                one["tried"],
                one["attempts"],
                one.get("project_key", ""),
            )
            async for one in found
        ]


async def write_count(
    database: Database, scope: TenantScope, count: Count, session: Session
) -> None:
    """Write what was counted within a transaction; what was held before is so since then."""
    place = {"_id": scope.connection_id}
    known = await database[COMPLETENESS].find_one(place, session=session)
    held = held_on(count, _count_of(known) if known else None)
    projects = [asdict(project) for project in held.projects]
    document = {
        "workspace_id": scope.workspace_id,
        "at": count.at,
        "projects": projects,
        "settled_until": held.settled_until,
    }
    # What a digest found stays beside it.
    await database[COMPLETENESS].update_one(place, {"$set": document}, upsert=True, session=session)


async def settled_until(database: Database, connection_id: ConnectionId) -> Instant | None:
    """Tell before when every change is stored, also of what was not shown for a while."""
    found = await database[COMPLETENESS].find_one({"_id": connection_id})
    return found.get("settled_until") if found else None


def _count_of(document: Document) -> Count:
    projects = [ProjectCount(**one) for one in document["projects"]]
    # Absent in what was stored before a census looked for changes.
    return Count(document["at"], projects, document.get("settled_until"))
