"""Who holds a connection's issues, kept beside them: written by its holder, fenced."""

from collections.abc import Iterable, Sequence
from typing import Final

from pymongo import ReplaceOne
from pymongo.asynchronous.cursor import AsyncCursor

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.documents import (
    ISSUES,
    SITE_ACCOUNTS,
    account_key,
    account_of_document,
    document_of_account,
)
from services.kernel.site_account import SiteAccount
from services.sync.domain.accounts import Met, Roll, roll_of_document
from services.sync.store.claims import Hold
from services.sync.store.database import CONNECTIONS, fenced

ISSUES_AT_ONCE: Final = 500
AT_ONCE: Final = 500
NAMED: Final = (
    "seq",
    "deleted",
    "updated",
    "assignee_id",
    "assignee_name",
    *(f"changes.{name}" for name in ("at", "field", "from", "from_name", "to", "to_name")),
)


class AccountStore:
    """Finds accounts in issues, and keeps what they are called now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def roll(self, hold: Hold) -> Roll:
        """Tell how far the accounts of a connection are known."""
        own = await self._database[CONNECTIONS].find_one({"_id": hold.connection_id}, {"roll": 1})
        return roll_of_document((own or {}).get("roll"))

    async def met(self, hold: Hold, since: int) -> Met:
        """Look through the issues that were written after `since`: after a FULL, through all.

        Each batch has a call's time, since all of a large site's would take longer than one has.
        """
        wanted = {"connection_id": hold.connection_id, "seq": {"$gt": since}}
        met = Met()
        found = self._database[ISSUES].find(wanted, dict.fromkeys(NAMED, 1))
        async with found.batch_size(ISSUES_AT_ONCE) as cursor:
            # Together: one after the other costs more than it takes to look at them.
            while documents := await _next_batch(cursor):
                for document in documents:
                    met.see(document)
        return met

    async def note_met(self, hold: Hold, met: Met) -> bool:
        """Keep whom issues name now; tells whether anybody is new, or by another name."""
        ids, changed = met.ids, False
        for at in range(0, len(ids), AT_ONCE):
            changed |= await self._keep_met(hold, met, ids[at : at + AT_ONCE])
        return changed

    @store_call
    async def after(self, hold: Hold, account_id: str, most: int) -> list[str]:
        """List accounts by id, from the one after."""
        first = account_key(hold.connection.scope, account_id)
        wanted = {"connection_id": hold.connection_id, "_id": {"$gt": first}}
        found = self._database[SITE_ACCOUNTS].find(wanted, {"account_id": 1})
        return [one["account_id"] async for one in found.sort("_id", 1).limit(most)]

    @store_call
    async def note_told(self, hold: Hold, told: Sequence[SiteAccount], roll: Roll) -> bool:
        """Keep what the site tells of accounts, and how far it was asked; tells of a change."""

        async def work(session: Session) -> bool:
            known = await self._known(session, hold, [one.account_id for one in told])
            news = [one for one in told if known.get(one.account_id) != one]
            await self._write(session, hold, news)
            noted = {"$set": {"roll": roll.as_document()}}
            own = {"_id": hold.connection_id}
            await self._database[CONNECTIONS].update_one(own, noted, session=session)
            return bool(news)

        return await in_transaction(self._database, work)

    @store_call
    async def _keep_met(self, hold: Hold, met: Met, ids: Sequence[str]) -> bool:
        async def work(session: Session) -> bool:
            news = met.news(ids, await self._known(session, hold, ids))
            if news:
                await self._write(session, hold, news)
            return bool(news)

        return await in_transaction(self._database, work)

    async def _known(
        self, session: Session, hold: Hold, ids: Iterable[str]
    ) -> dict[str, SiteAccount]:
        keys = [account_key(hold.connection.scope, account_id) for account_id in ids]
        wanted = {"_id": {"$in": keys}, "connection_id": hold.connection_id}
        found = self._database[SITE_ACCOUNTS].find(wanted, session=session)
        return {one["account_id"]: account_of_document(one) async for one in found}

    async def _write(self, session: Session, hold: Hold, news: Sequence[SiteAccount]) -> None:
        """Write accounts within a transaction; readers are to look again where there are any."""
        raised = {"inc": {"revision": 1}} if news else {}
        state = await fenced(self._database, session, hold.connection_id, hold.epoch, **raised)
        documents: list[Document] = [
            {**document_of_account(one, hold.connection.scope), "seq": state["seq"]} for one in news
        ]
        if documents:
            writes = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents]
            await self._database[SITE_ACCOUNTS].bulk_write(writes, ordered=False, session=session)


@store_call
async def _next_batch(cursor: AsyncCursor[Document]) -> list[Document]:
    return await cursor.to_list(ISSUES_AT_ONCE)
