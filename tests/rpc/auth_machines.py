"""Machines in workspaces, by the service's own methods: keys are made, traded and ended."""

from dataclasses import dataclass
from typing import Any

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.workspace_pb2 import ApiKey
from tests.rpc.auth_service import Auth
from tests.rpc.auth_workspaces import Metadata, Person, workspaces

ALL = [scope for scope in ApiKey.Scope.values() if scope]


async def make(
    auth: Auth, by: Metadata, *scopes: ApiKey.Scope.ValueType, **fields: Any
) -> pb.ApiKey:
    request = pb.CreateApiKeyRequest(name="CI", scopes=scopes or [ApiKey.WORKSPACE_READ], **fields)
    key: pb.ApiKey = await workspaces(auth).CreateApiKey(request, metadata=by)
    return key


async def trade(auth: Auth, secret: str) -> auth_pb2.Tokens:
    request = auth_pb2.ExchangeApiKeyRequest(api_key=secret)
    tokens: auth_pb2.Tokens = await auth.stub.ExchangeApiKey(request)
    return tokens


async def keys(auth: Auth, by: Person) -> list[pb.ApiKey]:
    listed = await workspaces(auth).ListApiKeys(pb.ListApiKeysRequest(), metadata=by.bearer)
    return list(listed.api_keys)


async def revoke(auth: Auth, by: Metadata, key_id: str) -> None:
    request = pb.RevokeApiKeyRequest(api_key_id=key_id)
    await workspaces(auth).RevokeApiKey(request, metadata=by)


async def workspace(auth: Auth, by: Metadata) -> pb.Workspace:
    got: pb.Workspace = await workspaces(auth).GetWorkspace(pb.GetWorkspaceRequest(), metadata=by)
    return got


@dataclass(frozen=True, slots=True)
class Machine(Person):
    """A machine that is signed in, and the secret of its key; `user_id` is the key's id."""

    secret: str


async def machine(auth: Auth, by: Person, *scopes: ApiKey.Scope.ValueType) -> Machine:
    """Make a key, of all scopes where none are named; gives the machine that has it, signed in."""
    key = await make(auth, by.bearer, *(scopes or ALL))
    return Machine(key.id, by.workspace_id, "", await trade(auth, key.secret), key.secret)
