"""Sessions and their refresh tokens in MongoDB; of a token only its digest is ever there."""

from collections.abc import Sequence

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.page import Page, Position, Rows, cut
from services.auth.domain.revocation import ended
from services.auth.domain.session import (
    Beginning,
    Digest,
    RefreshToken,
    Session,
    SessionId,
    ended_by_reuse,
    ended_everywhere,
    refreshed,
)
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS, REFRESH_TOKENS, SESSIONS
from services.auth.store.holding import hold
from services.auth.store.paging import read_page
from services.auth.store.revocations import note_revocations
from services.auth.store.session_documents import (
    document_of_token,
    moving_of,
    session_of,
    token_of,
)
from services.auth.store.session_writes import end_sessions, insert_session
from services.chassis.mongo import Database, in_transaction, store_call
from services.kernel.audit import Actor, AuditEvent
from services.kernel.ids import Instant, UserId
from services.kernel.origin import Origin
from services.kernel.revocation import Revocation


class SessionStore:
    """Keeps sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def begin(self, beginning: Beginning, *events: AuditEvent) -> Sequence[Revocation]:
        """Keep a session, its first token and its events; gives what ends those too many."""

        async def write(session: AsyncClientSession) -> Sequence[Revocation]:
            revocations = await insert_session(self._database, beginning, session)
            await note_events(self._database, events, session)
            return revocations

        return await in_transaction(self._database, write)

    @store_call
    async def begin_beside(
        self, actor: Actor, beginning: Beginning, *events: AuditEvent
    ) -> Sequence[Revocation]:
        """Keep a session, its first token and its events; NotFound, TokenStale.

        Gives what ends the tokens of sessions that there is no room for beside it.
        """

        async def write(session: AsyncClientSession) -> Sequence[Revocation]:
            await hold(self._database, actor, session)
            used = {"$set": {"last_used": beginning.session.created}}
            own = {"_id": actor.session_id}
            await self._database[SESSIONS].update_one(own, used, session=session)
            revocations = await insert_session(self._database, beginning, session)
            await note_events(self._database, events, session)
            return revocations

        return await in_transaction(self._database, write)

    @store_call
    async def find(self, digest: Digest) -> RefreshToken | None:
        """Find a token by its digest; what the server has forgotten as expired is not found."""
        document = await self._database[REFRESH_TOKENS].find_one({"_id": str(digest)})
        return token_of(document) if document else None

    @store_call
    async def session(self, session_id: SessionId) -> Session | None:
        """Find a session, also one that was ended."""
        document = await self._database[SESSIONS].find_one({"_id": str(session_id)})
        return session_of(document) if document else None

    @store_call
    async def page(self, user_id: UserId, page: Page, *, now: Instant) -> Rows[Session]:
        """List a person's sessions that stand, the last used first."""
        wanted = {"user_id": str(user_id), "revoked": False, "expires": {"$gt": now}}
        found = await read_page(
            self._database[SESSIONS], wanted, page, by=("last_used", "_id"), newest_first=True
        )
        sessions = [session_of(document) for document in found]
        return cut(sessions, page, lambda one: Position(one.last_used, one.session_id))

    @store_call
    async def trade(
        self, spent: RefreshToken, child: RefreshToken, *, now: Instant, origin: Origin
    ) -> bool:
        """Spend a token and keep its child; False where it is spent or its session ended.

        TooManyAttempts, and nothing kept, where the session is refreshed too often.
        """

        async def write(session: AsyncClientSession) -> bool:
            if not await self._spend(spent, child, now, session) or not await self._use(
                child.session_id, now, origin, session
            ):
                await session.abort_transaction()
                return False
            document = document_of_token(child)
            await self._database[REFRESH_TOKENS].insert_one(document, session=session)
            return True

        return await in_transaction(self._database, write)

    @store_call
    async def end(
        self, session_id: SessionId, user_id: UserId, *, revocation: Revocation, event: AuditEvent
    ) -> bool:
        """End a person's session; False where none stands.

        A trade under way meets this write and is refused, or was before it.
        """

        async def write(session: AsyncClientSession) -> bool:
            standing = {"_id": str(session_id), "user_id": str(user_id), "revoked": False}
            done = await self._database[SESSIONS].update_one(
                standing, {"$set": {"revoked": True}}, session=session
            )
            if done.matched_count == 0:
                await session.abort_transaction()
                return False
            await note_revocations(self._database, [revocation], session)
            await note_events(self._database, [event], session)
            return True

        return await in_transaction(self._database, write)

    @store_call
    async def end_family(
        self, reused: RefreshToken, session: Session, actor: Actor, *, now: Instant
    ) -> Sequence[Revocation] | None:
        """End what stands of the family of a session whose token came again.

        None where nothing does, and the audit was told of the token before: whoever shows one that
        has ended, again and again, fills nothing.
        """

        async def write(within: AsyncClientSession) -> Sequence[Revocation] | None:
            told = not await self._tell_once(reused, within)
            found = await end_sessions(
                self._database, session.user_id, within, family=session.family
            )
            if told and not found:
                await within.abort_transaction()
                return None
            revocations = [ended(one.session_id, now=now) for one in found]
            await note_revocations(self._database, revocations, within)
            events = ended_by_reuse(found, actor, now=now, told=told)
            await note_events(self._database, events, within)
            return revocations

        return await in_transaction(self._database, write)

    @store_call
    async def end_all(self, actor: Actor, *, now: Instant) -> Revocation:
        """End all of a person's sessions; what came before it of their access tokens is stale."""

        async def write(session: AsyncClientSession) -> Revocation:
            found = await end_sessions(self._database, actor.user_id, session)
            account = await self._database[ACCOUNTS].find_one_and_update(
                {"_id": str(actor.user_id)},
                {"$inc": {"version": 1}},
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            revocation = Revocation(actor.user_id, account["version"] if account else 0, now)
            await note_revocations(self._database, [revocation], session)
            events = ended_everywhere(found, actor, now=now)
            await note_events(self._database, events, session)
            return revocation

        return await in_transaction(self._database, write)

    async def _tell_once(self, reused: RefreshToken, session: AsyncClientSession) -> bool:
        """Note that a token came again; False where that was noted before."""
        untold = {"_id": str(reused.digest), "told": None}
        change = {"$set": {"told": True}}
        done = await self._database[REFRESH_TOKENS].update_one(untold, change, session=session)
        return done.matched_count == 1

    async def _spend(
        self, spent: RefreshToken, child: RefreshToken, now: Instant, session: AsyncClientSession
    ) -> bool:
        unused = {"_id": str(spent.digest), "used": False}
        change = {"$set": {"used": True, "child": str(child.digest), "traded": now}}
        tokens = self._database[REFRESH_TOKENS]
        return await tokens.find_one_and_update(unused, change, session=session) is not None

    async def _use(
        self, session_id: SessionId, now: Instant, origin: Origin, session: AsyncClientSession
    ) -> bool:
        standing = {"_id": str(session_id), "revoked": False}
        sessions = self._database[SESSIONS]
        found = await sessions.find_one(standing, session=session)
        if found is None:
            return False
        used = refreshed(session_of(found), now=now, origin=origin)
        done = await sessions.update_one(standing, {"$set": moving_of(used)}, session=session)
        return done.matched_count == 1
