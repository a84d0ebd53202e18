"""Builds the methods IssueServiceToken, ListRevocations."""

from services.auth.kit import Kit
from services.auth.servicers.internal import InternalMethods


def methods(_kit: Kit) -> InternalMethods:
    """Build them."""
    return InternalMethods()
