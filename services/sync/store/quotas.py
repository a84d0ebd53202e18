"""What is charged for starting syncs: within the transaction that starts one, or not at all."""

from typing import Final

from bson.datetime_ms import DatetimeMS
from pymongo.errors import DuplicateKeyError

from services.chassis.mongo import Database, Document, Session
from services.kernel.ids import Instant
from services.sync.domain.quota import HOUR_MILLISECONDS, Starter, charged
from services.sync.store.database import QUOTAS

FORGOTTEN_MILLISECONDS: Final = 2 * HOUR_MILLISECONDS


async def open_account(database: Database, starter: Starter, now: Instant) -> None:
    """Make what is charged, unless it is there: two transactions that made it would collide."""
    if starter.limit is None:
        return
    place = {"_id": starter.account_id}
    account: Document = {
        "workspace_id": starter.workspace_id,
        "starts": [],
        "expires_at": DatetimeMS(now + FORGOTTEN_MILLISECONDS),
    }
    if await database[QUOTAS].find_one(place, {"_id": 1}) is None:
        try:
            await database[QUOTAS].insert_one({**place, **account})
        except DuplicateKeyError:
            return


async def charge(database: Database, session: Session, starter: Starter, now: Instant) -> None:
    """Charge one start within the transaction that makes it; QuotaSpent where there is no room.

    All starts of one account meet in its document: of two transactions that charge it at the same
    time, the server lets one commit, and the other one looks again. What does not commit has
    charged nothing.
    """
    limit = starter.limit
    if limit is None:
        return
    place = {"_id": starter.account_id}
    account = await database[QUOTAS].find_one(place, session=session)
    starts = charged(account["starts"] if account else [], limit, now)
    change: Document = {
        "workspace_id": starter.workspace_id,
        "starts": starts,
        "expires_at": DatetimeMS(now + FORGOTTEN_MILLISECONDS),
    }
    await database[QUOTAS].update_one(place, {"$set": change}, upsert=True, session=session)
