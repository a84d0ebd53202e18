"""Counts the API keys that somebody made and that stand: they outlive whoever made them."""

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.store.api_key_documents import api_key_of
from services.auth.store.collections import API_KEYS
from services.chassis.mongo import Database
from services.kernel.ids import Instant, UserId, WorkspaceId


async def count_keys(
    database: Database,
    workspace_id: WorkspaceId,
    creator_id: UserId,
    session: AsyncClientSession,
    *,
    now: Instant,
) -> int:
    """Count the keys of a workspace that a person made and that stand, within a transaction."""
    made = {"creator_id": str(creator_id), "workspace_id": str(workspace_id), "revoked": None}
    found = await database[API_KEYS].find(made, session=session).to_list()
    return sum(api_key_of(document).stands(now) for document in found)
