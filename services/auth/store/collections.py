"""The names of auth's collections, and the indexes that they need."""

from services.chassis.mongo import Database

ACCOUNTS = "users"
EMAILS = "emails"
WORKSPACES = "workspaces"
MEMBERS = "members"
ACTIVITY = "activity"
SESSIONS = "sessions"
REFRESH_TOKENS = "refresh_tokens"
KEYS = "keys"
REVOCATIONS = "revocations"
AUDIT_INBOX = "audit_inbox"
LINKS = "links"
MAILS = "mails"
AUDIT = "audit"
AUDIT_HEADS = "audit_heads"
AUDIT_CHECKPOINTS = "audit_checkpoints"
AUDIT_KEYS = "audit_keys"
ATTEMPTS = "attempts"
# Refused sign-ins at addresses without an account, and keys that are nobody's.
STRANGERS = "strangers"
API_KEYS = "api_keys"
INVITES = "invites"
# By what lists are read; what is looked for by one thing is found by its `_id`.
_LISTS = {
    MEMBERS: (["workspace_id", "joined", "user_id"], ["user_id"]),
    # By owner and id: what is another's is missed in the index, as what is not there, so that the
    # time of an answer tells nothing.
    API_KEYS: (
        ["workspace_id", "created", "_id"],
        ["workspace_id", "_id", "revoked"],
        ["creator_id", "created", "_id"],
    ),
    INVITES: (
        ["workspace_id", "created", "id"],
        ["id"],
        ["email", "created", "_id"],
        ["inviter_id", "created", "_id"],
        ["workspace_id", "id"],
    ),
    SESSIONS: (["user_id", "_id", "revoked"], ["user_id", "created", "_id"]),
    AUDIT_INBOX: (
        ["due", "occurred", "_id"],
        ["workspace_id", "due", "occurred", "_id"],
        ["actor_id", "occurred", "_id"],
    ),
    AUDIT: (
        ["workspace_id", "sequence"],
        ["actor_id", "sequence"],
        ["actor_id", "_id"],
        ["target_id", "sequence"],
        ["event_id"],
    ),
    AUDIT_HEADS: (["open", "month"],),
    AUDIT_CHECKPOINTS: (["workspace_id", "first_sequence"],),
}


async def make_indexes(database: Database) -> None:
    """Make the indexes, where they are not there yet: the server forgets what has expired."""
    expiring = (
        SESSIONS,
        REFRESH_TOKENS,
        REVOCATIONS,
        LINKS,
        MAILS,
        ATTEMPTS,
        STRANGERS,
        INVITES,
        AUDIT,
        ACTIVITY,
    )
    for name in expiring:
        await database[name].create_index("expires_at", expireAfterSeconds=0)
    await database[SESSIONS].create_index([("user_id", 1), ("last_used", -1)])
    await database[REVOCATIONS].create_index("revoked")
    await database[REFRESH_TOKENS].create_index("user_id")
    await database[ACCOUNTS].create_index([("erased_from", 1), ("erasing_until", 1)])
    await database[LINKS].create_index("subject_id")
    await database[MAILS].create_index("due")
    await database[ACTIVITY].create_index("active")
    for name, indexes in _LISTS.items():
        for fields in indexes:
            await database[name].create_index([(field, 1) for field in fields])
