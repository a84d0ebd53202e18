"""The product's calls, typed and asynchronous, as whoever is signed in."""

import secrets
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Final, Self

from client.channel import Calls
from client.place import Gateway
from client.question import Question
from client.session import SessionFile
from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.analytics.v1.analytics_pb2_grpc import AnalyticsServiceStub
from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1.connection_pb2_grpc import ConnectionServiceStub
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceStub

FINAL_STATES: Final = {
    sync_pb2.SyncJob.SUCCEEDED,
    sync_pb2.SyncJob.FAILED,
    sync_pb2.SyncJob.CANCELLED,
}
PAGE_SIZE: Final = 1000


class Client:
    """One gateway, and the account that is signed in there.

        async with Client(find_gateway(), SessionFile(default_file())) as client:
            await client.log_in("ada@example.com", password=password)
            summary = await client.executive_summary(Question(last_days=90))

    It is made within the loop that it works in. Each call has a deadline and raises ClientError
    (client.failures) and nothing else.
    """

    def __init__(self, gateway: Gateway, sessions: SessionFile) -> None:
        self._calls = Calls(gateway, sessions)
        channel = self._calls.channel
        self._auth = AuthServiceStub(channel)
        self._connections = ConnectionServiceStub(channel)
        self._sync = SyncServiceStub(channel)
        self._analytics = AnalyticsServiceStub(channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._calls.close()

    @property
    def email(self) -> str:
        """Tell who is signed in; empty where nobody is."""
        return self._calls.email

    async def sign_up(
        self, email: str, *, password: str, workspace: str, time_zone: str = ""
    ) -> None:
        """Make an account with its first workspace, and stay signed in."""
        request = auth_pb2.SignUpRequest(
            email=email, password=password, workspace_name=workspace, time_zone=time_zone
        )
        await self._calls.remember(email, await self._calls.public(self._auth.SignUp, request))

    async def log_in(self, email: str, *, password: str) -> None:
        """Sign in, and stay so."""
        request = auth_pb2.LoginRequest(email=email, password=password)
        await self._calls.remember(email, await self._calls.public(self._auth.Login, request))

    async def me(self) -> auth_pb2.Me:
        """Ask who the token is for, and for which workspace."""
        return await self._calls.ask(self._auth.GetMe, auth_pb2.GetMeRequest())

    async def connect_jira(
        self, name: str, *, site_url: str, email: str, api_token: str, projects: Sequence[str] = ()
    ) -> connection_pb2.Connection:
        """Connect a Jira Cloud site; the credential is tried there first."""
        request = connection_pb2.CreateConnectionRequest(
            name=name,
            source=connection_pb2.Connection.JIRA_CLOUD,
            site_url=site_url,
            email=email,
            api_token=api_token,
            scope=connection_pb2.Scope(projects=projects),
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

    async def connections(self) -> connection_pb2.ListConnectionsResponse:
        """List the workspace's connections by name, the first thousand."""
        request = connection_pb2.ListConnectionsRequest(page_size=PAGE_SIZE)
        return await self._calls.ask(self._connections.ListConnections, request)

    async def start_sync(self, connection: str = "", *, full: bool = False) -> sync_pb2.SyncJob:
        """Start a sync, or find the one that runs; `full` collects everything again."""
        request = sync_pb2.StartSyncRequest(
            connection_id=connection,
            mode=sync_pb2.SyncJob.FULL if full else sync_pb2.SyncJob.MODE_UNSPECIFIED,
            request_id=secrets.token_hex(16),
        )
        return await self._calls.ask(self._sync.StartSync, request)

    def watch(self, job_id: str) -> AsyncIterator[sync_pb2.SyncJob]:
        """Follow a sync until it is over; the last job is in a final state."""
        request = sync_pb2.WatchSyncJobRequest(job_id=job_id)
        return self._calls.follow(
            self._sync.WatchSyncJob, request, is_last=lambda job: job.state in FINAL_STATES
        )

    async def executive_summary(self, question: Question) -> analytics_pb2.ExecutiveSummary:
        """Ask for the main figures beside those of the window before."""
        request = question.fill(analytics_pb2.GetExecutiveSummaryRequest)
        return await self._calls.ask(self._analytics.GetExecutiveSummary, request)

    async def bottlenecks(self, question: Question) -> analytics_pb2.Bottlenecks:
        """Ask where work waits."""
        request = question.fill(analytics_pb2.GetBottlenecksRequest)
        return await self._calls.ask(self._analytics.GetBottlenecks, request)

    async def workload(self, question: Question) -> analytics_pb2.Workload:
        """Ask who holds the work in progress."""
        request = question.fill(analytics_pb2.GetWorkloadRequest)
        return await self._calls.ask(self._analytics.GetWorkload, request)
