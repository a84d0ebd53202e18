"""Keys with which machines call."""

from collections.abc import Sequence
from datetime import datetime

from client.api.area import Area
from client.api.pages import all_pages
from client.instants import instant
from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.auth.v1.workspace_pb2 import ApiKey


class ApiKeys(Area):
    """Calls about the workspace's API keys."""

    async def create_api_key(
        self, name: str, *, scopes: Sequence[ApiKey.Scope.ValueType], expires: datetime | None
    ) -> ApiKey:
        """Make a key; its secret is in this answer and never again. `expires` is aware."""
        request = workspace_pb2.CreateApiKeyRequest(
            name=name, scopes=scopes, expire_time=instant(expires)
        )
        return await self._calls.ask(self._workspaces.CreateApiKey, request)

    async def api_keys(self) -> workspace_pb2.ListApiKeysResponse:
        """List the workspace's keys by when they were made."""
        request = workspace_pb2.ListApiKeysRequest()
        return await all_pages(self._calls, self._workspaces.ListApiKeys, request)

    async def revoke_api_key(self, api_key_id: str) -> None:
        """End a key."""
        request = workspace_pb2.RevokeApiKeyRequest(api_key_id=api_key_id)
        await self._calls.ask(self._workspaces.RevokeApiKey, request)
