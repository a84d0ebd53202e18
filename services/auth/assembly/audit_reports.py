"""Builds the method RecordAuditEvents."""

from services.auth.audit.recording import RecordEvents
from services.auth.kit import Kit
from services.auth.servicers.audit import RecordingMethods
from services.auth.store.audit_inbox import AuditInbox


def methods(kit: Kit) -> RecordingMethods:
    """Build them."""
    return RecordingMethods(RecordEvents(AuditInbox(kit.database)))
