"""Builds the methods CreateUser, SetTier, DisableUser, GetUsage."""

from services.auth.kit import Kit
from services.auth.servicers.operators import OperatorMethods


def methods(_kit: Kit) -> OperatorMethods:
    """Build them."""
    return OperatorMethods()
