"""What a site lists beside its issues, as it was read last: one document a list, fenced."""

from collections.abc import Sequence
from typing import Final

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.ids import TenantScope
from services.sync.domain.site_lists import Kind, Listed, SiteList
from services.sync.store.claims import Hold
from services.sync.store.database import COMPLETENESS, SITE_LISTS, fenced

SHOWN: Final = ("kind", "count", "read", "whole")


class SiteListStore:
    """Keeps them, and tells how many and how old they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def projects(self, hold: Hold, most: int) -> tuple[list[str], bool]:
        """Give the projects of which issues are stored, the largest first; and whether all."""
        found = await self._database[COMPLETENESS].find_one({"_id": hold.connection_id})
        stored = [one for one in (found or {}).get("projects", ()) if one["issues"]]
        stored.sort(key=lambda one: (-one["issues"], one["project_id"]))
        return [one["project_id"] for one in stored[:most]], len(stored) <= most

    @store_call
    async def note(self, hold: Hold, listed: SiteList) -> None:
        """Keep a list as it was read."""
        key = {"_id": f"{hold.connection_id}:{listed.kind.value}"}
        document = {
            **key,
            "workspace_id": hold.connection.state.workspace_id,
            "connection_id": hold.connection_id,
            "kind": listed.kind.value,
            "count": len(listed.rows),
            "read": listed.read,
            "whole": listed.whole,
            "rows": list(listed.rows),
        }

        async def work(session: Session) -> None:
            await fenced(self._database, session, hold.connection_id, hold.epoch)
            kept = self._database[SITE_LISTS]
            await kept.replace_one(key, document, upsert=True, session=session)

        await in_transaction(self._database, work)

    @store_call
    async def listed(self, scope: TenantScope) -> Sequence[Listed]:
        """Tell how many each list of a connection holds, and when it was read."""
        own = {"connection_id": scope.connection_id, "workspace_id": scope.workspace_id}
        found = self._database[SITE_LISTS].find(own, dict.fromkeys(SHOWN, 1)).sort("_id", 1)
        return [
            Listed(Kind(one["kind"]), one["count"], one["read"], one["whole"])
            async for one in found
        ]
