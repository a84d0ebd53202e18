"""What every part of the client stands on: a gateway, a bearer of tokens, the services there."""

from client.bearer.bearer import Bearer
from client.bearer.machine import KEY_VARIABLE, ApiKey, Machine
from client.bearer.person import Person
from client.calls import Calls
from client.channel import Line
from client.failures import ClientError
from client.place import Gateway
from client.session import SessionFile
from jira_analytics.analytics.v1.analytics_pb2_grpc import AnalyticsServiceStub
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from jira_analytics.auth.v1.workspace_pb2_grpc import WorkspaceServiceStub
from jira_analytics.sync.v1.connection_pb2_grpc import ConnectionServiceStub
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceStub


class Area:
    """One gateway, and the person or the machine that calls there."""

    def __init__(self, gateway: Gateway, identity: SessionFile | ApiKey) -> None:
        self._line = Line(gateway)
        self._person: Person | None = None
        self._calls = Calls(self._line, self._bearer(identity))
        channel = self._line.channel
        self._auth = AuthServiceStub(channel)
        self._workspaces = WorkspaceServiceStub(channel)
        self._connections = ConnectionServiceStub(channel)
        self._sync = SyncServiceStub(channel)
        self._analytics = AnalyticsServiceStub(channel)

    @property
    def origin(self) -> str:
        """Give the gateway's address."""
        return self._line.gateway.origin

    @property
    def is_machine(self) -> bool:
        """Tell whether an API key stands for whoever calls."""
        return self._person is None

    def need_person(self) -> Person:
        """Give the person who calls, signed in or not; ClientError for a machine."""
        if self._person is None:
            raise ClientError(
                "a machine with an API key does not sign in or out",
                advice=f"unset {KEY_VARIABLE} first",
            )
        return self._person

    def _bearer(self, identity: SessionFile | ApiKey) -> Bearer:
        if isinstance(identity, ApiKey):
            return Machine(self._line, identity)
        self._person = Person(self._line, identity)
        return self._person
