"""The names of auth's collections, and the indexes that they need."""

from services.chassis.mongo import Database

ACCOUNTS = "users"
EMAILS = "emails"
WORKSPACES = "workspaces"
MEMBERS = "members"
SESSIONS = "sessions"
REFRESH_TOKENS = "refresh_tokens"
KEYS = "keys"
REVOCATIONS = "revocations"
AUDIT_INBOX = "audit_inbox"
LINKS = "links"
MAILS = "mails"


async def make_indexes(database: Database) -> None:
    """Make the indexes, where they are not there yet: the server forgets what has expired."""
    for name in (SESSIONS, REFRESH_TOKENS, REVOCATIONS, LINKS, MAILS):
        await database[name].create_index("expires_at", expireAfterSeconds=0)
    await database[LINKS].create_index("subject_id")
    await database[MAILS].create_index("due")
