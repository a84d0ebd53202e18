"""Builds the methods of passwords and mailed links."""

from services.auth.kit import Kit
from services.auth.servicers.passwords import PasswordMethods


def methods(_kit: Kit) -> PasswordMethods:
    """Build them."""
    return PasswordMethods()
