"""Reads what sync stored: connections' states, and their issues as columns."""

from collections.abc import AsyncIterator, Sequence

from pymongo.asynchronous.cursor import AsyncCursor

from services.analytics.columns import FIELDS
from services.chassis.mongo import Database, Document, store_call
from services.kernel.connection import ConnectionState
from services.kernel.documents import (
    CONNECTION_STATES,
    ISSUES,
    SITE_ACCOUNTS,
    account_of_document,
    state_of_document,
)
from services.kernel.ids import TenantScope, WorkspaceId
from services.kernel.site_account import SiteAccount

# One batch decodes in some 20 ms, for which the event loop stands still.
BATCH = 2000


class SyncedStore:
    """The collections that analytics reads and never writes."""

    def __init__(self, database: Database) -> None:
        self._states = database[CONNECTION_STATES]
        self._issues = database[ISSUES]
        self._accounts = database[SITE_ACCOUNTS]

    @store_call
    async def states_of(self, workspace_id: WorkspaceId) -> tuple[ConnectionState, ...]:
        """Read the states of a workspace's connections, by name."""
        found = await self._states.find({"workspace_id": workspace_id}).to_list()
        states = [state_of_document(document) for document in found]
        return tuple(sorted(states, key=lambda state: state.name))

    @store_call
    async def accounts_since(self, scope: TenantScope, seq: int) -> list[SiteAccount]:
        """Read who holds issues, as far as that was written after `seq`."""
        wanted = {
            "workspace_id": scope.workspace_id,
            "connection_id": scope.connection_id,
            "seq": {"$gt": seq},
        }
        return [account_of_document(one) async for one in self._accounts.find(wanted)]

    async def issues_since(self, scope: TenantScope, seq: int) -> AsyncIterator[Sequence[Document]]:
        """Read the issues that were written after `seq`, in batches, with the fields of `columns`.

        An issue that is written meanwhile may come twice, and then has another `seq`.
        """
        wanted = {
            "workspace_id": scope.workspace_id,
            "connection_id": scope.connection_id,
            "seq": {"$gt": seq},
        }
        fields = {"_id": 0, **dict.fromkeys(FIELDS, 1)}
        async with self._issues.find(wanted, fields, batch_size=BATCH) as cursor:
            while batch := await _next_batch(cursor):
                yield batch


@store_call
async def _next_batch(cursor: AsyncCursor[Document]) -> list[Document]:
    return await cursor.to_list(BATCH)
