"""What auth holds about a person, as it is handed out to them."""

from services.auth.domain.api_key import ApiKey
from services.auth.domain.email import Email
from services.auth.domain.invite import Invite
from services.auth.domain.session import Session
from services.auth.store.api_key_documents import api_key_of
from services.auth.store.collections import API_KEYS, AUDIT_INBOX, INVITES, SESSIONS
from services.auth.store.invites import invite_of
from services.auth.store.session_documents import session_of
from services.chassis.mongo import Database, store_call
from services.kernel.audit import AuditEvent, event_of_document
from services.kernel.ids import UserId


class OwnDataStore:
    """Finds what is held about a person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def sessions(self, user_id: UserId) -> list[Session]:
        """Give a person's sessions, also those that were ended, the oldest first."""
        found = self._database[SESSIONS].find({"user_id": str(user_id)}).sort("created", 1)
        return [session_of(document) async for document in found]

    @store_call
    async def api_keys(self, creator_id: UserId) -> list[ApiKey]:
        """Give the keys that a person made, also revoked ones, the oldest first."""
        found = self._database[API_KEYS].find({"creator_id": str(creator_id)}).sort("created", 1)
        return [api_key_of(document) async for document in found]

    @store_call
    async def invites(self, user_id: UserId, email: Email) -> list[Invite]:
        """Give the invitations that a person sent, and those that are for them."""
        found: dict[str, Invite] = {}
        for wanted in ({"inviter_id": str(user_id)}, {"email": str(email)}):
            async for document in self._database[INVITES].find(wanted).sort("created", 1):
                found[document["_id"]] = invite_of(document)
        return list(found.values())

    @store_call
    async def waiting_events(self, actor_id: UserId) -> list[AuditEvent]:
        """Give what a person did and what has no place in the audit yet."""
        found = self._database[AUDIT_INBOX].find({"actor_id": str(actor_id)}).sort("occurred", 1)
        return [event_of_document(document) async for document in found]
