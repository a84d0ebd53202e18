"""Disables accounts in MongoDB."""

from collections.abc import Callable
from dataclasses import replace

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.account import Account
from services.auth.domain.disabling import AccountChange
from services.auth.domain.session import ended_everywhere
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS
from services.auth.store.documents import account_of
from services.auth.store.made_keys import count_keys
from services.auth.store.revocations import note_revocations
from services.auth.store.session_writes import end_sessions
from services.chassis.mongo import Database, in_transaction, store_call
from services.kernel.audit import Actor
from services.kernel.errors import NotFound
from services.kernel.ids import Instant, UserId


class DisablingStore:
    """Keeps whether accounts may sign in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def change(
        self,
        actor: Actor,
        user_id: UserId,
        decide: Callable[[Account, int], AccountChange],
        *,
        now: Instant,
    ) -> AccountChange:
        """Change an account as is decided by what it is then, and by how many API keys it made.

        Those are counted that stand where signing in leads. NotFound where there is no account.
        """
        place = {"_id": str(user_id)}

        async def write(session: AsyncClientSession) -> AccountChange:
            kept = await self._database[ACCOUNTS].find_one(place, session=session)
            if kept is None:
                raise NotFound("user")
            account = account_of(kept)
            keys = await count_keys(self._database, account.workspace_id, user_id, session, now=now)
            decided = decide(account, keys)
            after = decided.account
            change = {"$set": {"disabled": after.disabled, "version": after.version}}
            await self._database[ACCOUNTS].update_one(place, change, session=session)
            await note_revocations(self._database, decided.revocations, session)
            await note_events(self._database, decided.events, session)
            for ending in decided.revocations:
                there = replace(actor, workspace_id=after.workspace_id)
                ended = await end_sessions(self._database, user_id, session)
                events = ended_everywhere(ended, there, now=ending.revoked, of=user_id)
                await note_events(self._database, events, session)
            return decided

        return await in_transaction(self._database, write)
