"""What auth holds about a person, as it is handed out to them, in pages."""

from collections.abc import Callable
from typing import TypeVar

from services.auth.domain.api_key import ApiKey
from services.auth.domain.email import Email
from services.auth.domain.invite import Invite
from services.auth.domain.page import Page, Position, Rows, cut
from services.auth.domain.session import Session
from services.auth.store.api_key_documents import api_key_of
from services.auth.store.collections import API_KEYS, AUDIT_INBOX, INVITES, SESSIONS
from services.auth.store.invites import invite_of
from services.auth.store.paging import read_page
from services.auth.store.session_documents import session_of
from services.chassis.mongo import Database, Document, store_call
from services.kernel.audit import AuditEvent, event_of_document
from services.kernel.ids import UserId

T = TypeVar("T")


class OwnDataStore:
    """Finds what is held about a person, the oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def sessions(self, user_id: UserId, page: Page) -> Rows[Session]:
        """Give a person's sessions, also those that were ended."""
        return await self._page(SESSIONS, {"user_id": str(user_id)}, page, session_of)

    @store_call
    async def api_keys(self, creator_id: UserId, page: Page) -> Rows[ApiKey]:
        """Give the keys that a person made, also revoked ones."""
        return await self._page(API_KEYS, {"creator_id": str(creator_id)}, page, api_key_of)

    @store_call
    async def invites_by(self, inviter_id: UserId, page: Page) -> Rows[Invite]:
        """Give the invitations that a person sent."""
        return await self._page(INVITES, {"inviter_id": str(inviter_id)}, page, invite_of)

    @store_call
    async def invites_for(self, email: Email, page: Page) -> Rows[Invite]:
        """Give the invitations that are for a person."""
        return await self._page(INVITES, {"email": str(email)}, page, invite_of)

    @store_call
    async def waiting_events(self, actor_id: UserId, page: Page) -> Rows[AuditEvent]:
        """Give what a person did and what has no place in the audit yet."""
        wanted, when = {"actor_id": str(actor_id)}, "occurred"
        return await self._page(AUDIT_INBOX, wanted, page, event_of_document, when=when)

    async def _page(
        self,
        name: str,
        wanted: Document,
        page: Page,
        made_of: Callable[[Document], T],
        *,
        when: str = "created",
    ) -> Rows[T]:
        found = await read_page(self._database[name], wanted, page, by=(when, "_id"))
        rows = cut(found, page, lambda one: Position(one[when], one["_id"]))
        return Rows([made_of(document) for document in rows.rows], rows.next_after)
