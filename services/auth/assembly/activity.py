"""Builds the method ListActiveWorkspaces."""

from services.auth.kit import Kit
from services.auth.servicers.activity import ActivityMethods
from services.auth.store.activity import ActivityStore
from services.auth.workspaces.activity import ListActiveWorkspaces


def methods(kit: Kit) -> ActivityMethods:
    """Build it."""
    return ActivityMethods(ListActiveWorkspaces(ActivityStore(kit.database)))
