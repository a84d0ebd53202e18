"""Builds the methods ListAuditEvents, ListAuditCheckpoints, RecordAuditEvents."""

from services.auth.kit import Kit
from services.auth.servicers.audit import AuditMethods


def methods(_kit: Kit) -> AuditMethods:
    """Build them."""
    return AuditMethods()
