"""Erases accounts in MongoDB, step by step; the account's own document goes last.

Each step is a transaction that writes the account as its holder left it: whoever was too slow, and
lost the erasure to another, changes nothing.
"""

from collections.abc import Iterable

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.email import Email
from services.auth.domain.erasure import GONE, Closed, Erasure, Superseded, eraser_in
from services.auth.domain.revocation import ended, member_subject
from services.auth.domain.session import ended_everywhere
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import (
    ACCOUNTS,
    ACTIVITY,
    API_KEYS,
    EMAILS,
    INVITES,
    LINKS,
    MAILS,
    MEMBERS,
    REFRESH_TOKENS,
    SESSIONS,
    WORKSPACES,
)
from services.auth.store.documents import member_key
from services.auth.store.made_keys import count_keys
from services.auth.store.revocations import note_revocations
from services.auth.store.roster import lock_workspace
from services.auth.store.session_writes import end_sessions
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import Action, event
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.revocation import Revocation


class ErasureStore:
    """Erases accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def claim(self, *, now: Instant, until: Instant) -> Erasure | None:
        """Take up an account whose grace is over and that nobody holds; None where there is none.

        From then on it is gone by every clock: nobody takes the deletion back.
        """
        over = {"erased_from": {"$lte": now}, "erasing_until": {"$lte": now}}
        taken = {"$set": {"erased_from": GONE, "erasing_until": until}}
        found = await self._database[ACCOUNTS].find_one_and_update(
            over, taken, return_document=ReturnDocument.AFTER
        )
        return erasure_of(found) if found else None

    @store_call
    async def hold(self, erasure: Erasure, *, until: Instant) -> Erasure:
        """Hold an erasure for longer; Superseded where another holds it."""
        own = {"_id": str(erasure.user_id), "erasing_until": erasure.until}
        held = await self._database[ACCOUNTS].find_one_and_update(
            own, {"$set": {"erasing_until": until}}, return_document=ReturnDocument.AFTER
        )
        if held is None:
            raise Superseded(erasure.user_id)
        return erasure_of(held)

    @store_call
    async def workspaces(self, erasure: Erasure) -> list[WorkspaceId]:
        """List the workspaces that the person is still a member of."""
        found = self._database[MEMBERS].find({"user_id": str(erasure.user_id)}).sort("_id", 1)
        return [WorkspaceId(member["workspace_id"]) async for member in found]

    @store_call
    async def close(
        self, erasure: Erasure, workspace_id: WorkspaceId, *, now: Instant
    ) -> Closed | None:
        """End a workspace's keys and invitations; None where others are in it."""

        async def write(session: AsyncClientSession) -> Closed | None:
            await self._fenced(erasure, session)
            await lock_workspace(self._database, workspace_id, session)
            within = {"workspace_id": str(workspace_id)}
            others = {**within, "user_id": {"$ne": str(erasure.user_id)}}
            if await self._database[MEMBERS].find_one(others, session=session) is not None:
                return None
            keys = await self._database[API_KEYS].find(within, session=session).to_list()
            await self._database[API_KEYS].delete_many(within, session=session)
            standing = [key["_id"] for key in keys if key["revoked"] is None]
            await self._note("api_key.revoke", standing, workspace_id, session, now=now)
            await self._delete_invites(within, session, now=now)
            revocations = tuple(ended(key["_id"], now=now) for key in keys)
            await note_revocations(self._database, revocations, session)
            return Closed(revocations, keys_ended=bool(standing))

        return await in_transaction(self._database, write)

    @store_call
    async def remove(self, erasure: Erasure, workspace_id: WorkspaceId, *, now: Instant) -> None:
        """Delete a workspace of which nothing else is left, with its only member."""

        async def write(session: AsyncClientSession) -> None:
            await self._fenced(erasure, session)
            place = {"_id": member_key(workspace_id, erasure.user_id)}
            await self._database[MEMBERS].delete_one(place, session=session)
            own = {"_id": str(workspace_id)}
            for name in (WORKSPACES, ACTIVITY):
                await self._database[name].delete_one(own, session=session)
            await self._note("account.erase", [erasure.user_id], workspace_id, session, now=now)

        await in_transaction(self._database, write)

    @store_call
    async def leave(
        self, erasure: Erasure, workspace_id: WorkspaceId, *, now: Instant
    ) -> Revocation | None:
        """Take the person out of a workspace that others are in; None where they are not in it."""

        async def write(session: AsyncClientSession) -> Revocation | None:
            await self._fenced(erasure, session)
            await lock_workspace(self._database, workspace_id, session)
            place = {"_id": member_key(workspace_id, erasure.user_id)}
            member = await self._database[MEMBERS].find_one_and_delete(place, session=session)
            if member is None:
                return None
            subject = member_subject(workspace_id, erasure.user_id)
            revocation = Revocation(subject, member["version"] + 1, now)
            await note_revocations(self._database, [revocation], session)
            keys = await count_keys(self._database, workspace_id, erasure.user_id, session, now=now)
            gone = event(
                eraser_in(workspace_id),
                "member.remove",
                now=now,
                target_id=erasure.user_id,
                api_keys=str(keys),
            )
            await note_events(self._database, [gone], session)
            return revocation

        return await in_transaction(self._database, write)

    @store_call
    async def finish(self, erasure: Erasure, *, now: Instant) -> None:
        """Delete all that is left: sessions, links, mails, invitations, address and account."""
        own = {"user_id": str(erasure.user_id)}
        addressed = {"email": str(erasure.email)}

        async def write(session: AsyncClientSession) -> None:
            await self._fenced(erasure, session)
            ended = await end_sessions(self._database, erasure.user_id, session)
            eraser = eraser_in(erasure.home)
            events = ended_everywhere(ended, eraser, now=now, of=erasure.user_id) if ended else ()
            await note_events(self._database, events, session)
            for name in (SESSIONS, REFRESH_TOKENS):
                await self._database[name].delete_many(own, session=session)
            about = {"subject_id": str(erasure.user_id)}
            await self._database[LINKS].delete_many(about, session=session)
            await self._delete_invites(addressed, session, now=now)
            for wanted in (addressed, about):
                await self._database[MAILS].delete_many(wanted, session=session)
            await self._database[EMAILS].delete_one({"_id": str(erasure.email)}, session=session)
            await self._note("account.erase", [erasure.user_id], erasure.home, session, now=now)
            await self._database[ACCOUNTS].delete_one(
                {"_id": str(erasure.user_id)}, session=session
            )

        await in_transaction(self._database, write)

    async def _fenced(self, erasure: Erasure, session: AsyncClientSession) -> None:
        """Write the account as this holder left it, so that of two holders one fails."""
        own = {"_id": str(erasure.user_id), "erasing_until": erasure.until}
        step = {"$inc": {"erasing_steps": 1}}
        done = await self._database[ACCOUNTS].update_one(own, step, session=session)
        if done.matched_count == 0:
            raise Superseded(erasure.user_id)

    async def _delete_invites(
        self, wanted: Document, session: AsyncClientSession, *, now: Instant
    ) -> None:
        """Delete invitations, with the links and the mails that lead to them."""
        found = await self._database[INVITES].find(wanted, session=session).to_list()
        for invite in found:
            about = {"subject_id": invite["id"]}
            for name in (LINKS, MAILS):
                await self._database[name].delete_many(about, session=session)
            await self._database[INVITES].delete_one({"_id": invite["_id"]}, session=session)
            if invite["expires"] > now:
                there = WorkspaceId(invite["workspace_id"])
                await self._note("invite.revoke", [invite["id"]], there, session, now=now)

    async def _note(
        self,
        action: Action,
        targets: Iterable[str],
        workspace_id: WorkspaceId,
        session: AsyncClientSession,
        *,
        now: Instant,
    ) -> None:
        eraser = eraser_in(workspace_id)
        events = [event(eraser, action, now=now, target_id=target) for target in targets]
        await note_events(self._database, events, session)


def erasure_of(account: Document) -> Erasure:
    """Read from an account's document who holds its erasure."""
    return Erasure(
        user_id=UserId(account["_id"]),
        email=Email(account["email"]),
        home=WorkspaceId(account["workspace_id"]),
        until=account["erasing_until"],
    )
