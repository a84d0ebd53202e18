"""Connections that are taken without a job, to read again what was marked."""

from collections.abc import Sequence

from services.chassis.mongo import Database, Session, in_transaction, store_call
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId, Instant, IssueId
from services.kernel.stop import Cause
from services.sync.domain.quarantine import Read
from services.sync.store.claims import Hold
from services.sync.store.connections import connection_of
from services.sync.store.database import CONNECTIONS, Superseded, fenced
from services.sync.store.issues import IssueStore
from services.sync.store.stops import stopped

REFUSED = ConnectionStanding.NEEDS_CREDENTIALS.value


class HoldStore:
    """Takes connections, and tells which may be taken."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._issues = IssueStore(database)

    @store_call
    async def hold(self, connection_id: ConnectionId) -> Hold | None:
        """Take a connection, whoever had it before.

        None where there is none, where a FULL has not listed everything yet and reads all of it
        anyway, and where the site refuses the credential.
        """
        place = {"_id": connection_id}

        async def work(session: Session) -> Hold | None:
            own = await self._database[CONNECTIONS].find_one(place, session=session)
            if own is None or own["cursor"] is None:
                return None
            state = await self._database[CONNECTION_STATES].find_one_and_update(
                {**place, "standing": {"$ne": REFUSED}},
                {"$inc": {"epoch": 1}},
                session=session,
                return_document=True,
            )
            return None if state is None else Hold(connection_of(own, state), state["epoch"])

        return await in_transaction(self._database, work)

    @store_call
    async def refuse(self, hold: Hold, now: Instant) -> None:
        """Note that the site refuses the credential, unless there is another by now."""

        async def work(session: Session) -> None:
            place = {"_id": hold.connection_id}
            own = await self._database[CONNECTIONS].find_one(place, session=session)
            if own is None:
                raise Superseded("the connection was deleted")
            if own["sealed"] == hold.connection.sealed:
                changes = {"inc": {"revision": 1}, "set": {"standing": REFUSED}}
                await fenced(self._database, session, hold.connection_id, hold.epoch, **changes)
                if stop := stopped(own, Cause.REFUSED, now):
                    await self._database[CONNECTIONS].update_one(
                        place, {"$set": stop}, session=session
                    )

        await in_transaction(self._database, work)

    @store_call
    async def write(self, hold: Hold, read: Read, gone: Sequence[IssueId], now: Instant) -> bool:
        """Store issues where they are newer, mark others as deleted; tells whether data moved.

        Readers are told to look again in the same transaction: a worker that dies after it leaves
        marks behind, and what they stand for is found unchanged then.
        """

        async def work(session: Session) -> bool:
            state = await fenced(self._database, session, hold.connection_id, hold.epoch)
            changed = await self._issues.write_read(session, hold, read, state=state, now=now)
            if gone:
                scope = hold.connection.scope
                changed += await self._issues.bury(session, scope, gone, state=state, now=now)
            if changed:
                await self._database[CONNECTION_STATES].update_one(
                    {"_id": hold.connection_id}, {"$inc": {"revision": 1}}, session=session
                )
            return changed > 0

        return await in_transaction(self._database, work)

    @store_call
    async def there(self, ids: Sequence[ConnectionId]) -> dict[ConnectionId, bool]:
        """Tell which of some connections are there, and whether they may be held."""
        fields = {"standing": 1, "complete_until": 1}
        found = self._database[CONNECTION_STATES].find({"_id": {"$in": list(ids)}}, fields)
        return {
            ConnectionId(one["_id"]): one["standing"] != REFUSED
            and one["complete_until"] is not None
            async for one in found
        }
