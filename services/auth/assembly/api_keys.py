"""Builds the methods CreateApiKey, ListApiKeys, RevokeApiKey, ExchangeApiKey."""

from services.auth.kit import Kit
from services.auth.servicers.api_keys import ApiKeyMethods


def methods(_kit: Kit) -> ApiKeyMethods:
    """Build them."""
    return ApiKeyMethods()
