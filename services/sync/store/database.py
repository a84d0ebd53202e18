"""Collections, indexes and the fence, for the other stores."""

from typing import Any

from pymongo import ASCENDING, DESCENDING, ReturnDocument

from services.chassis.mongo import Database, Document, Session, store_call
from services.kernel.documents import CONNECTION_STATES, ISSUES, SITE_ACCOUNTS
from services.kernel.ids import ConnectionId

CONNECTIONS = "connections"
CONNECTION_NAMES = "connection_names"
JOBS = "jobs"
JOB_PAGES = "job_pages"
JOB_REQUESTS = "job_requests"
PURGES = "purges"
QUARANTINE = "quarantine"
COMPLETENESS = "completeness"
SITE_LISTS = "site_lists"
AUDIT_OUTBOX = "audit_outbox"
DEAD_LETTERS = "dead_letters"
QUOTAS = "sync_quotas"
WORKSPACES = "sync_workspaces"


class Superseded(Exception):
    """Another worker took over, or the connection was deleted: this run must write nothing."""


@store_call
async def make_indexes(database: Database) -> None:
    """Make the indexes that queries rely on; making one that is there changes nothing."""
    await database[ISSUES].create_index([("connection_id", ASCENDING), ("seq", ASCENDING)])
    await database[SITE_LISTS].create_index([("connection_id", ASCENDING), ("_id", ASCENDING)])
    # Readers ask by what is new, their writer by account.
    for order in ("seq", "_id"):
        index = [("connection_id", ASCENDING), (order, ASCENDING)]
        await database[SITE_ACCOUNTS].create_index(index)
    await database[CONNECTIONS].create_index([("workspace_id", ASCENDING), ("name", ASCENDING)])
    await database[CONNECTION_STATES].create_index(
        [("workspace_id", ASCENDING), ("name", ASCENDING)]
    )
    await database[JOBS].create_index(
        [("workspace_id", ASCENDING), ("created", DESCENDING), ("_id", DESCENDING)]
    )
    # What is another workspace's is missed in the index, as what is not there: nothing is read
    # of it, so that the time of an answer tells nothing.
    for name in (CONNECTIONS, JOBS):
        await database[name].create_index([("workspace_id", ASCENDING), ("_id", ASCENDING)])
    await database[JOBS].create_index([("connection_id", ASCENDING)])
    await database[JOBS].create_index([("state", ASCENDING), ("touched", ASCENDING)])
    await database[JOBS].create_index("expires_at", expireAfterSeconds=0)
    await database[JOB_PAGES].create_index([("job_id", ASCENDING), ("done", ASCENDING)])
    await database[JOB_PAGES].create_index([("connection_id", ASCENDING)])
    await database[JOB_REQUESTS].create_index([("connection_id", ASCENDING)])
    await database[JOB_REQUESTS].create_index("expires_at", expireAfterSeconds=0)
    await database[AUDIT_OUTBOX].create_index([("due", ASCENDING), ("occurred", ASCENDING)])
    await database[DEAD_LETTERS].create_index(
        [("workspace_id", ASCENDING), ("died", DESCENDING), ("_id", DESCENDING)]
    )
    await database[DEAD_LETTERS].create_index([("connection_id", ASCENDING)])
    await database[DEAD_LETTERS].create_index("expires_at", expireAfterSeconds=0)
    await database[QUOTAS].create_index("workspace_id")
    await database[QUOTAS].create_index("expires_at", expireAfterSeconds=0)
    await database[PURGES].create_index([("workspace_id", ASCENDING)])
    for field in ("full_due", "delta_due", "census_due", "untold_stop"):
        await database[CONNECTIONS].create_index([(field, ASCENDING)])
    await database[WORKSPACES].create_index("workspace_id")
    await database[WORKSPACES].create_index("expires_at", expireAfterSeconds=0)
    await database[QUARANTINE].create_index([("connection_id", ASCENDING), ("_id", ASCENDING)])


async def fenced(
    database: Database,
    session: Session,
    connection_id: ConnectionId,
    epoch: int,
    **changes: Any,  # noqa: ANN401
) -> Document:
    """Write to a connection's state as the worker of `epoch`, and give it as it is then.

    Superseded where the epoch has passed. Every write of a run starts with this in its transaction:
    MongoDB lets only one of two transactions that touch the state commit.
    """
    raised = {"seq": 1, **changes.pop("inc", {})}
    update = {"$inc": raised, **{f"${name}": value for name, value in changes.items()}}
    state = await database[CONNECTION_STATES].find_one_and_update(
        {"_id": connection_id, "epoch": epoch},
        update,
        session=session,
        return_document=ReturnDocument.AFTER,
    )
    if state is None:
        raise Superseded(f"epoch {epoch} of {connection_id} has passed")
    return state
