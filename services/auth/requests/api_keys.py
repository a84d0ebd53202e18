"""Requests about API keys."""

from collections.abc import Iterable
from typing import Final

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.domain.api_key import LONGEST_SECRET, Wanted
from services.auth.requests.ids import id_of
from services.auth.requests.instants import instant_of
from services.auth.requests.signing_in import required, workspace_name_of
from services.kernel.errors import InvalidField
from services.kernel.membership import Scope

_SCOPES: Final[dict[int, Scope]] = {pb.ApiKey.Scope.Value(scope.name): scope for scope in Scope}


def creating_of(request: pb.CreateApiKeyRequest) -> Wanted:
    """Parse a CreateApiKey; InvalidField."""
    return Wanted(
        name=workspace_name_of(request.name, name="name"),
        scopes=scopes_of(request.scopes),
        expires=instant_of(request.expire_time, name="expire_time")
        if request.HasField("expire_time")
        else None,
    )


def revoking_of(request: pb.RevokeApiKeyRequest) -> str:
    """Parse a RevokeApiKey into the key's id; InvalidField."""
    return id_of(request.api_key_id, "api_key_id")


def exchanging_of(request: auth_pb2.ExchangeApiKeyRequest) -> str:
    """Parse an ExchangeApiKey into the secret; InvalidField."""
    secret = required(request.api_key, "api_key")
    if len(secret) > LONGEST_SECRET:
        raise InvalidField("api_key", f"a key has {LONGEST_SECRET} characters or fewer")
    return secret


def scopes_of(values: Iterable[int]) -> frozenset[Scope]:
    """Parse scopes, of which there must be one, and each a known one; InvalidField."""
    named = set(values)
    if not named or not named <= _SCOPES.keys():
        raise InvalidField("scopes", "name one at least, each of those that the contract names")
    return frozenset(_SCOPES[value] for value in named)
