"""Accounts, workspaces and who belongs where, in MongoDB.

An address is reserved by the document that has it as its `_id`: no other index could be unique on
a sharded cluster.
"""

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from services.auth.domain.account import Membership
from services.auth.domain.email import Email
from services.auth.domain.mail import Mail
from services.auth.domain.session import Beginning
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS, EMAILS, MEMBERS, WORKSPACES
from services.auth.store.documents import documents_of, member_key, membership_of
from services.auth.store.mails import note_mail
from services.auth.store.session_writes import insert_session
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import AuditEvent
from services.kernel.errors import EmailTaken
from services.kernel.ids import UserId, WorkspaceId


class AccountStore:
    """Keeps accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def add(
        self,
        membership: Membership,
        beginning: Beginning | None = None,
        *events: AuditEvent,
        mail: Mail | None = None,
    ) -> None:
        """Keep an account, its workspace and a session, and note a mail; EmailTaken."""

        async def write(session: AsyncClientSession) -> None:
            for collection, document in documents_of(membership).items():
                await self._database[collection].insert_one(document, session=session)
            if beginning is not None:
                await insert_session(self._database, beginning, session)
            if mail is not None:
                await note_mail(self._database, mail, session)
            await note_events(self._database, events, session)

        try:
            await in_transaction(self._database, write)
        except DuplicateKeyError as taken:
            raise EmailTaken from taken

    @store_call
    async def find_by_email(self, email: Email) -> Membership | None:
        """Find an account in the workspace that signing in leads to."""
        reserved = await self._database[EMAILS].find_one({"_id": str(email)})
        if reserved is None:
            return None
        account = await self._database[ACCOUNTS].find_one({"_id": reserved["user_id"]})
        return await self._join(account, account["workspace_id"]) if account else None

    @store_call
    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        """Find a person in a workspace."""
        account = await self._database[ACCOUNTS].find_one({"_id": str(user_id)})
        return await self._join(account, workspace_id) if account else None

    async def _join(self, account: Document, workspace_id: str) -> Membership | None:
        place = {"_id": member_key(workspace_id, account["_id"])}
        member = await self._database[MEMBERS].find_one(place)
        if member is None:
            # Nothing is read of a workspace that is another's: it is as if it were not there.
            return None
        workspace = await self._database[WORKSPACES].find_one({"_id": str(workspace_id)})
        return membership_of(account, workspace, member) if workspace else None
