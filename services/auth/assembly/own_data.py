"""Builds the methods ExportAccount, DeleteAccount."""

from services.auth.kit import Kit
from services.auth.servicers.own_data import OwnDataMethods


def methods(_kit: Kit) -> OwnDataMethods:
    """Build them."""
    return OwnDataMethods()
