"""Sessions and their refresh tokens in MongoDB; of a token only its digest is ever there."""

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.session import Beginning, Digest, RefreshToken, Session, SessionId
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import REFRESH_TOKENS, SESSIONS
from services.auth.store.transactions import in_transaction
from services.chassis.mongo import Database, Document, store_call
from services.kernel.ids import UserId, WorkspaceId


class SessionStore:
    """Keeps sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def begin(self, beginning: Beginning) -> None:
        """Keep a session, its first token and its event."""

        async def write(session: AsyncClientSession) -> None:
            await insert_session(self._database, beginning, session)

        await in_transaction(self._database, write)

    @store_call
    async def find(self, digest: Digest) -> RefreshToken | None:
        """Find a token by its digest; what the server has forgotten as expired is not found."""
        document = await self._database[REFRESH_TOKENS].find_one({"_id": str(digest)})
        return token_of(document) if document else None

    @store_call
    async def trade(self, spent: RefreshToken, successor: RefreshToken) -> bool:
        """Spend a token and keep its successor; False where it is spent or its session ended."""

        async def write(session: AsyncClientSession) -> bool:
            if not await self._spend(spent, session) or not await self._prolong(successor, session):
                await session.abort_transaction()
                return False
            document = document_of_token(successor)
            await self._database[REFRESH_TOKENS].insert_one(document, session=session)
            return True

        return await in_transaction(self._database, write)

    @store_call
    async def revoke(self, session_id: SessionId) -> None:
        """End a session: a trade under way meets this write and is refused, or was before it."""
        change = {"$set": {"revoked": True}}
        await self._database[SESSIONS].update_one({"_id": str(session_id)}, change)

    async def _spend(self, spent: RefreshToken, session: AsyncClientSession) -> bool:
        unused = {"_id": str(spent.digest), "used": False}
        change = {"$set": {"used": True}}
        tokens = self._database[REFRESH_TOKENS]
        return await tokens.find_one_and_update(unused, change, session=session) is not None

    async def _prolong(self, successor: RefreshToken, session: AsyncClientSession) -> bool:
        standing = {"_id": str(successor.session_id), "revoked": False}
        change = {"$set": {"expires_at": DatetimeMS(successor.expires)}}
        sessions = self._database[SESSIONS]
        return await sessions.find_one_and_update(standing, change, session=session) is not None


async def insert_session(
    database: Database, beginning: Beginning, session: AsyncClientSession
) -> None:
    """Insert a session, its first token and its event, within a transaction."""
    began = document_of_session(beginning.session)
    await database[SESSIONS].insert_one(began, session=session)
    first = document_of_token(beginning.token)
    await database[REFRESH_TOKENS].insert_one(first, session=session)
    await note_events(database, [beginning.event], session)


def document_of_session(session: Session) -> Document:
    """Turn a session into its document."""
    return {
        "_id": session.session_id,
        "user_id": session.user_id,
        "workspace_id": session.workspace_id,
        "device": session.device,
        "address_prefix": session.address_prefix,
        "created": session.created,
        "last_used": session.last_used,
        "revoked": session.revoked,
        "expires_at": DatetimeMS(session.expires),
    }


def session_of(document: Document) -> Session:
    """Turn a document back into the session it was made of."""
    return Session(
        session_id=SessionId(document["_id"]),
        user_id=UserId(document["user_id"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        device=document["device"],
        address_prefix=document["address_prefix"],
        created=document["created"],
        last_used=document["last_used"],
        expires=int(DatetimeMS(document["expires_at"])),
        revoked=document["revoked"],
    )


def document_of_token(token: RefreshToken) -> Document:
    """Turn a token into its document."""
    return {
        "_id": token.digest,
        "session_id": token.session_id,
        "user_id": token.user_id,
        "workspace_id": token.workspace_id,
        "used": token.used,
        "expires_at": DatetimeMS(token.expires),
    }


def token_of(document: Document) -> RefreshToken:
    """Turn a document back into the token it was made of."""
    return RefreshToken(
        digest=Digest(document["_id"]),
        session_id=SessionId(document["session_id"]),
        user_id=UserId(document["user_id"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        expires=int(DatetimeMS(document["expires_at"])),
        used=document["used"],
    )
