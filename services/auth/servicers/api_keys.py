"""The methods CreateApiKey, ListApiKeys, RevokeApiKey, ExchangeApiKey: parse, ask, pack."""

from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from services.auth.answers.api_keys import api_key_message, api_keys_message
from services.auth.answers.tokens import tokens_message
from services.auth.machines.create_api_key import CreateApiKey
from services.auth.machines.exchange_api_key import ExchangeApiKey
from services.auth.machines.list_api_keys import ListApiKeys
from services.auth.machines.revoke_api_key import RevokeApiKey
from services.auth.requests.api_keys import creating_of, exchanging_of, revoking_of
from services.auth.requests.paging import page_of
from services.chassis.acting import acting
from services.chassis.identity import caller
from services.chassis.layers import Context
from services.chassis.origin import origin


@dataclass(frozen=True, slots=True)
class ApiKeyMethods:
    """Serves CreateApiKey, ListApiKeys, RevokeApiKey, ExchangeApiKey."""

    creating: CreateApiKey
    listing: ListApiKeys
    revoking: RevokeApiKey
    exchanging: ExchangeApiKey

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, _: Context) -> pb.ApiKey:
        """Make a key, and show its secret this once."""
        wanted = creating_of(request)
        key, secret = await self.creating(acting(), caller().scopes, wanted)
        return api_key_message(key, secret)

    async def ListApiKeys(
        self, request: pb.ListApiKeysRequest, _: Context
    ) -> pb.ListApiKeysResponse:
        """List the workspace's keys."""
        page = page_of(request)
        keys = await self.listing(caller().workspace_id, page)
        return api_keys_message(keys)

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, _: Context) -> Empty:
        """End a key."""
        key_id = revoking_of(request)
        await self.revoking(acting(), key_id)
        return Empty()

    async def ExchangeApiKey(
        self, request: auth_pb2.ExchangeApiKeyRequest, _: Context
    ) -> auth_pb2.Tokens:
        """Trade a key for an access token."""
        secret = exchanging_of(request)
        grant = await self.exchanging(secret, origin())
        return tokens_message(grant)
