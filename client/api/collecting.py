"""Sites, and the syncs that collect their issues."""

import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Final

from client.api.area import Area
from client.api.pages import PAGE_SIZE
from client.failures import ClientError
from jira_analytics.sync.v1 import connection_pb2, sync_pb2

FINAL_STATES: Final = {
    sync_pb2.SyncJob.SUCCEEDED,
    sync_pb2.SyncJob.FAILED,
    sync_pb2.SyncJob.CANCELLED,
}


class Collecting(Area):
    """Calls about connections and syncs."""

    async def connect_jira(
        self,
        name: str,
        *,
        site_url: str,
        email: str,
        api_token: str,
        projects: Sequence[str] = (),
        jql: str = "",
    ) -> connection_pb2.Connection:
        """Connect a Jira Cloud site; the credential and the scope are tried there first."""
        request = connection_pb2.CreateConnectionRequest(
            name=name,
            source=connection_pb2.Connection.JIRA_CLOUD,
            site_url=site_url,
            email=email,
            api_token=api_token,
            scope=connection_pb2.Scope(projects=projects, jql=jql),
        )
        return await self._calls.ask(self._connections.CreateConnection, request)

    async def give_credential(
        self, connection: str, *, email: str | None, api_token: str
    ) -> connection_pb2.Connection:
        """Give a connection another API token, of another account where `email` is given."""
        request = connection_pb2.UpdateConnectionRequest(
            connection_id=connection, email=email, api_token=api_token
        )
        return await self._calls.ask(self._connections.UpdateConnection, request)

    async def collect(
        self, connection: str, *, projects: Sequence[str] = (), jql: str = ""
    ) -> connection_pb2.Connection:
        """Have something else of a connection's site collected; everything where none is named."""
        request = connection_pb2.UpdateConnectionRequest(
            connection_id=connection, scope=connection_pb2.Scope(projects=projects, jql=jql)
        )
        return await self._calls.ask(self._connections.UpdateConnection, request)

    async def rotate_webhook_secret(
        self, connection: str, *, end_former: bool = False
    ) -> connection_pb2.WebhookSecret:
        """Make the secret that a site signs its webhooks with; it is shown this once.

        The one before holds for a day, unless `end_former`.
        """
        request = connection_pb2.RotateWebhookSecretRequest(
            connection_id=connection, end_former=end_former
        )
        return await self._calls.ask(self._connections.RotateWebhookSecret, request)

    async def delete_connection(self, connection: str) -> None:
        """Delete a connection, and all that is stored of its site."""
        request = connection_pb2.DeleteConnectionRequest(connection_id=connection)
        await self._calls.ask(self._connections.DeleteConnection, request)

    async def only_connection(self) -> str:
        """Give the name of the workspace's connection; ClientError unless it has exactly one."""
        names = [connection.name for connection in (await self.connections()).connections]
        if len(names) == 1:
            return names[0]
        raise ClientError(
            f"the workspace has {len(names)} connections ({', '.join(names) or 'none'})",
            advice="choose one with --connection NAME",
        )

    async def connections(self) -> connection_pb2.ListConnectionsResponse:
        """List the workspace's connections by name, the first thousand."""
        request = connection_pb2.ListConnectionsRequest(page_size=PAGE_SIZE)
        return await self._calls.ask(self._connections.ListConnections, request)

    async def completeness(self, connection: str = "") -> sync_pb2.Completeness:
        """Tell what of a connection's site is stored, and what is not."""
        request = sync_pb2.GetCompletenessRequest(connection_id=connection)
        return await self._calls.ask(self._sync.GetCompleteness, request)

    async def start_sync(
        self, connection: str = "", *, full: bool = False, believe_vanished: bool = False
    ) -> sync_pb2.SyncJob:
        """Start a sync, or find the one that runs; `full` collects everything again.

        `believe_vanished`, with `full`: whatever the site lists no more is taken as deleted.
        """
        request = sync_pb2.StartSyncRequest(
            connection_id=connection,
            mode=sync_pb2.SyncJob.FULL if full else sync_pb2.SyncJob.MODE_UNSPECIFIED,
            request_id=secrets.token_hex(16),
            believe_vanished=believe_vanished,
        )
        return await self._calls.ask(self._sync.StartSync, request)

    async def jobs(self, connection: str = "") -> sync_pb2.ListSyncJobsResponse:
        """List the workspace's syncs, or those of one connection: the latest thousand."""
        request = sync_pb2.ListSyncJobsRequest(connection_id=connection, page_size=PAGE_SIZE)
        return await self._calls.ask(self._sync.ListSyncJobs, request)

    async def job(self, job_id: str) -> sync_pb2.SyncJob:
        """Give one sync."""
        return await self._calls.ask(
            self._sync.GetSyncJob, sync_pb2.GetSyncJobRequest(job_id=job_id)
        )

    async def cancel(self, job_id: str) -> sync_pb2.SyncJob:
        """Give a sync up; one that is over stays as it is."""
        request = sync_pb2.CancelSyncJobRequest(job_id=job_id)
        return await self._calls.ask(self._sync.CancelSyncJob, request)

    def watch(self, job_id: str) -> AsyncIterator[sync_pb2.SyncJob]:
        """Follow a sync until it is over; the last job is in a final state."""
        request = sync_pb2.WatchSyncJobRequest(job_id=job_id)
        return self._calls.follow(
            self._sync.WatchSyncJob, request, is_last=lambda job: job.state in FINAL_STATES
        )
