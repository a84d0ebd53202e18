"""Builds the methods of workspaces and their members."""

from services.auth.kit import Kit
from services.auth.servicers.workspaces import WorkspaceMethods


def methods(_kit: Kit) -> WorkspaceMethods:
    """Build them."""
    return WorkspaceMethods()
