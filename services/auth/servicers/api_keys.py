"""The methods CreateApiKey, ListApiKeys, RevokeApiKey, ExchangeApiKey: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiKeyMethods:
    """Serves CreateApiKey, ListApiKeys, RevokeApiKey, ExchangeApiKey."""
