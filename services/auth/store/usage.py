"""Counts what is kept in MongoDB."""

from typing import Any

from services.auth.domain.usage import Usage
from services.auth.store.collections import ACCOUNTS, API_KEYS, SESSIONS, WORKSPACES
from services.chassis.mongo import Database, store_call
from services.kernel.ids import Instant
from services.kernel.membership import Tier


class UsageStore:
    """Counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def count(self, *, now: Instant) -> Usage:
        """Count what is there now."""
        standing = {"revoked": False, "expires": {"$gt": now}}
        usable = {"revoked": None, "$or": [{"expires": None}, {"expires": {"$gt": now}}]}
        tiers = {tier: await self._count(WORKSPACES, {"tier": tier.value}) for tier in Tier}
        return Usage(
            users=await self._count(ACCOUNTS, {}),
            workspaces=tiers,
            sessions=await self._count(SESSIONS, standing),
            api_keys=await self._count(API_KEYS, usable),
        )

    async def _count(self, name: str, wanted: dict[str, Any]) -> int:
        return await self._database[name].count_documents(wanted)
