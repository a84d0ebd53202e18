"""Builds the methods RotateKeys."""

from services.auth.kit import Kit
from services.auth.servicers.signing_keys import SigningKeyMethods


def methods(_kit: Kit) -> SigningKeyMethods:
    """Build them."""
    return SigningKeyMethods()
