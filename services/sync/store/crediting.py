"""Giving a connection another credential, with which it is collected again, at once."""

from typing import Final

from services.chassis.mongo import Database, Session
from services.kernel.connection import ConnectionStanding
from services.kernel.documents import CONNECTION_STATES
from services.kernel.ids import ConnectionId
from services.sync.store.database import CONNECTIONS
from services.sync.store.stops import MENDED

AT_ONCE: Final = 0


async def write_credential(
    database: Database, session: Session, connection_id: ConnectionId, *, email: str, sealed: bytes
) -> bool:
    """Write a credential within a transaction; False where the connection is gone.

    One that had stopped is due at once: what it missed is asked for at the next look, and not a
    period later; where nothing is complete yet, all of it.
    """
    place = {"_id": connection_id}
    own = await database[CONNECTIONS].find_one(place, session=session)
    # As it is now: a sync may have ended while the credential was tried.
    state = await database[CONNECTION_STATES].find_one(place, session=session)
    if own is None or state is None:
        return False
    known = state["complete_until"] is not None
    standing = ConnectionStanding.ACTIVE if known else ConnectionStanding.NEW
    stopped = state["standing"] == ConnectionStanding.NEEDS_CREDENTIALS.value
    due = {"delta_due" if known else "full_due": AT_ONCE} if stopped else {}
    given = {"email": email, "sealed": sealed, **MENDED, **due}
    await database[CONNECTIONS].update_one(place, {"$set": given}, session=session)
    stands = {"$set": {"standing": standing.value}}
    await database[CONNECTION_STATES].update_one(place, stands, session=session)
    return True
