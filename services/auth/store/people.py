"""People in MongoDB: one account each, wherever they are members."""

from collections.abc import Sequence

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.account import Account, Membership
from services.auth.domain.admission import Admission
from services.auth.domain.email import Email
from services.auth.domain.session import Beginning
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS, EMAILS, MEMBERS, WORKSPACES
from services.auth.store.documents import (
    account_of,
    document_of_password,
    documents_of,
    membership_of,
)
from services.auth.store.holding import hold
from services.auth.store.session_writes import insert_session
from services.auth.store.turns import Turns
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import Actor, AuditEvent
from services.kernel.errors import NotFound
from services.kernel.ids import Instant, UserId
from services.kernel.revocation import Revocation

# No account has this id: it is looked for so that an unknown address costs what a known one does.
NOBODY = "usr_"


class PersonStore:
    """Keeps people."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._admitting = Turns()

    @store_call
    async def by_email(self, email: Email) -> Account | None:
        """Find an account by its address, at one cost whether or not there is one."""
        reserved = await self._database[EMAILS].find_one({"_id": str(email)})
        user_id = reserved["user_id"] if reserved else NOBODY
        account = await self._database[ACCOUNTS].find_one({"_id": user_id})
        return account_of(account) if account else None

    @store_call
    async def find(self, user_id: UserId) -> Account | None:
        """Find an account."""
        account = await self._database[ACCOUNTS].find_one({"_id": str(user_id)})
        return account_of(account) if account else None

    @store_call
    async def memberships(self, user_id: UserId) -> list[Membership]:
        """Give a person's place in every workspace that they are a member of."""
        account = await self._database[ACCOUNTS].find_one({"_id": str(user_id)})
        members = await self._database[MEMBERS].find({"user_id": str(user_id)}).to_list()
        ids = {"_id": {"$in": [member["workspace_id"] for member in members]}}
        workspaces = {row["_id"]: row async for row in self._database[WORKSPACES].find(ids)}
        return [
            membership_of(account, workspaces[member["workspace_id"]], member)
            for member in members
            if account is not None and member["workspace_id"] in workspaces
        ]

    @store_call
    async def rename(self, actor: Actor, display_name: str, event: AuditEvent) -> None:
        """Change how the actor is shown; TokenStale."""

        async def write(session: AsyncClientSession) -> None:
            await hold(self._database, actor, session)
            own, change = {"_id": str(actor.user_id)}, {"$set": {"display_name": display_name}}
            await self._database[ACCOUNTS].update_one(own, change, session=session)
            await note_events(self._database, [event], session)

        await in_transaction(self._database, write)

    async def admit(
        self, admission: Admission, beginning: Beginning, *, now: Instant
    ) -> Sequence[Revocation] | None:
        """Keep a session of somebody let in; None where they have changed since.

        Either their account, or that they are a member of where they are let in. Both are written
        to, so that of a sign-in and a change of the password, or a removal, at the same moment one
        comes after the other. Gives what ends the tokens of sessions that there is no room for.
        """
        async with self._admitting.of(admission.before.user_id):
            return await self._admit(admission, beginning, now)

    @store_call
    async def _admit(
        self, admission: Admission, beginning: Beginning, now: Instant
    ) -> Sequence[Revocation] | None:
        async def write(session: AsyncClientSession) -> Sequence[Revocation] | None:
            if not await self._settle(admission, now, session):
                return None
            if admission.founded:
                documents = documents_of(admission.membership)
                for name in (WORKSPACES, MEMBERS):
                    await self._database[name].insert_one(documents[name], session=session)
            revocations = await insert_session(self._database, beginning, session)
            await note_events(self._database, admission.events, session)
            return revocations

        try:
            return await in_transaction(self._database, write)
        except NotFound:
            return None

    async def _settle(
        self, admission: Admission, now: Instant, session: AsyncClientSession
    ) -> bool:
        before, after = admission.before, admission.membership.account
        as_checked = {
            "_id": str(before.user_id),
            "version": before.version,
            "disabled": False,
            "erased_from": before.erased_from,
        }
        change: Document = {
            "signed_in": now,
            "workspace_id": after.workspace_id,
            "erased_from": after.erased_from,
        }
        if admission.password is not None:
            change["password"] = document_of_password(admission.password)
        found = await self._database[ACCOUNTS].find_one_and_update(
            as_checked, {"$set": change}, session=session
        )
        return found is not None
