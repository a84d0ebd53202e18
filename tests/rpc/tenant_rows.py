"""What each method of the contract names, and what a good call to it holds beside.

A method that is not here fails the matrix: whoever adds one says what its request can name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.analytics.v1 import internal_pb2 as analytics_internal_pb2
from jira_analytics.auth.v1 import auth_pb2, operator_pb2, workspace_pb2
from jira_analytics.auth.v1 import internal_pb2 as auth_internal_pb2
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from jira_analytics.sync.v1 import internal_pb2 as sync_internal_pb2
from tests.shape.tree import ROOT

# Imported for what they register.
REGISTERED: Final = (
    analytics_pb2,
    analytics_internal_pb2,
    auth_pb2,
    auth_internal_pb2,
    operator_pb2,
    workspace_pb2,
    connection_pb2,
    sync_pb2,
    sync_internal_pb2,
)
OK: Final = grpc.StatusCode.OK
PASSWORD: Final = "correct horse battery staple"
OTHER_PASSWORD: Final = "another horse, another staple"


class Kind(StrEnum):
    """The kinds of things that a request can name, by the prefix of their ids."""

    CONNECTION = "con"
    JOB = "job"
    SESSION = "ses"
    MEMBER = "usr"
    INVITE = "inv"
    API_KEY = "key"
    WORKSPACE = "wsp"


# Fills what a request holds beside the id; given the site's origin, and a number unlike all others.
Values = Callable[[str, int], Mapping[str, Any]]


def nothing(_site: str, _number: int) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """One method: what its id names, where that stands, what the caller's own and none gets."""

    kind: Kind | None = None
    named: str = ""
    values: Values = nothing
    own: frozenset[grpc.StatusCode] = field(default_factory=lambda: frozenset({OK}))
    absent: grpc.StatusCode = grpc.StatusCode.NOT_FOUND


def names(kind: Kind, named: str, **values: Any) -> Row:
    """Make a row of a method that names something."""
    return Row(kind, named, lambda _site, _number: values)


def holds(*own: grpc.StatusCode, **values: Any) -> Row:
    """Make a row of a method that names nothing; `own` is what a good caller gets, OK else."""
    return Row(values=lambda _site, _number: values, own=frozenset(own or {OK}))


def renamed(_site: str, number: int) -> Mapping[str, Any]:
    return {"name": f"renamed-{number}"}


def new_site(site: str, number: int) -> Mapping[str, Any]:
    return {
        "name": f"site-{number}",
        "source": connection_pb2.Connection.JIRA_CLOUD,
        "site_url": site,
        "email": "ann@example.com",
        "api_token": "twin-token",
    }


ROWS: Final[Mapping[str, Row]] = {
    "auth.v1.AuthService.SignUp": holds(
        OK,
        grpc.StatusCode.ALREADY_EXISTS,
        email="somebody@example.com",
        password=PASSWORD,
        workspace_name="Theirs",
    ),
    "auth.v1.AuthService.Login": holds(
        grpc.StatusCode.UNAUTHENTICATED, email="nobody@example.com", password=PASSWORD
    ),
    "auth.v1.AuthService.Refresh": holds(grpc.StatusCode.UNAUTHENTICATED, refresh_token="none"),
    "auth.v1.AuthService.ExchangeApiKey": holds(grpc.StatusCode.UNAUTHENTICATED, api_key="jak_x"),
    "auth.v1.AuthService.RequestPasswordReset": holds(email="nobody@example.com"),
    "auth.v1.AuthService.ResetPassword": holds(
        grpc.StatusCode.FAILED_PRECONDITION, token="none", password=PASSWORD
    ),
    "auth.v1.AuthService.VerifyEmail": holds(grpc.StatusCode.FAILED_PRECONDITION, token="none"),
    "auth.v1.AuthService.SwitchWorkspace": names(Kind.WORKSPACE, "workspace_id"),
    "auth.v1.AuthService.Logout": holds(),
    "auth.v1.AuthService.LogoutEverywhere": holds(),
    "auth.v1.AuthService.ListSessions": holds(),
    "auth.v1.AuthService.RevokeSession": names(Kind.SESSION, "session_id"),
    "auth.v1.AuthService.GetMe": holds(),
    "auth.v1.AuthService.UpdateMe": holds(display_name="Ann"),
    "auth.v1.AuthService.RequestEmailVerification": holds(),
    "auth.v1.AuthService.ChangePassword": holds(current_password=PASSWORD, password=OTHER_PASSWORD),
    "auth.v1.AuthService.ExportAccount": holds(),
    "auth.v1.AuthService.DeleteAccount": holds(),
    "auth.v1.WorkspaceService.GetWorkspace": holds(),
    "auth.v1.WorkspaceService.UpdateWorkspace": holds(name="Renamed"),
    "auth.v1.WorkspaceService.ListMembers": holds(),
    "auth.v1.WorkspaceService.UpdateMember": names(
        Kind.MEMBER, "user_id", role=workspace_pb2.Member.MEMBER
    ),
    "auth.v1.WorkspaceService.RemoveMember": names(Kind.MEMBER, "user_id"),
    # Whoever is the only owner of theirs may not.
    "auth.v1.WorkspaceService.LeaveWorkspace": holds(OK, grpc.StatusCode.FAILED_PRECONDITION),
    "auth.v1.WorkspaceService.InviteMember": holds(
        email="guest@example.com", role=workspace_pb2.Member.VIEWER
    ),
    "auth.v1.WorkspaceService.ListInvites": holds(),
    "auth.v1.WorkspaceService.RevokeInvite": names(Kind.INVITE, "invite_id"),
    "auth.v1.WorkspaceService.AcceptInvite": holds(
        grpc.StatusCode.FAILED_PRECONDITION, token="none"
    ),
    "auth.v1.WorkspaceService.CreateApiKey": holds(
        name="a machine", scopes=[workspace_pb2.ApiKey.SYNC_READ]
    ),
    "auth.v1.WorkspaceService.ListApiKeys": holds(),
    "auth.v1.WorkspaceService.RevokeApiKey": names(Kind.API_KEY, "api_key_id"),
    "auth.v1.WorkspaceService.ListAuditEvents": holds(),
    "auth.v1.WorkspaceService.ListAuditCheckpoints": holds(),
    "auth.v1.OperatorService.CreateUser": holds(
        OK,
        grpc.StatusCode.ALREADY_EXISTS,
        email="made@example.com",
        password=PASSWORD,
        workspace_name="Made",
    ),
    "auth.v1.OperatorService.SetTier": names(
        Kind.WORKSPACE, "workspace_id", tier=workspace_pb2.Workspace.PRO
    ),
    "auth.v1.OperatorService.DisableUser": names(Kind.MEMBER, "user_id"),
    "auth.v1.OperatorService.RotateKeys": holds(),
    "auth.v1.OperatorService.GetUsage": holds(),
    "auth.v1.OperatorService.ListAuditEvents": holds(),
    "auth.v1.OperatorService.ListAuditCheckpoints": holds(),
    "auth.v1.InternalService.IssueServiceToken": holds(
        grpc.StatusCode.UNAUTHENTICATED, client_id="sync", client_secret="none"
    ),
    "auth.v1.InternalService.ListRevocations": holds(),
    "auth.v1.InternalService.RecordAuditEvents": holds(),
    "auth.v1.InternalService.ListActiveWorkspaces": holds(),
    "auth.v1.InternalService.ReportStops": holds(),
    "sync.v1.ConnectionService.CreateConnection": Row(values=new_site),
    "sync.v1.ConnectionService.GetConnection": names(Kind.CONNECTION, "connection_id"),
    "sync.v1.ConnectionService.ListConnections": holds(),
    "sync.v1.ConnectionService.UpdateConnection": Row(Kind.CONNECTION, "connection_id", renamed),
    "sync.v1.ConnectionService.DeleteConnection": names(Kind.CONNECTION, "connection_id"),
    "sync.v1.ConnectionService.RotateWebhookSecret": names(Kind.CONNECTION, "connection_id"),
    "sync.v1.SyncService.StartSync": names(Kind.CONNECTION, "connection_id"),
    "sync.v1.SyncService.GetSyncJob": names(Kind.JOB, "job_id"),
    "sync.v1.SyncService.CancelSyncJob": names(Kind.JOB, "job_id"),
    "sync.v1.SyncService.ListSyncJobs": names(Kind.CONNECTION, "connection_id"),
    "sync.v1.SyncService.WatchSyncJob": names(Kind.JOB, "job_id"),
    "sync.v1.SyncService.ListDeadLetters": names(Kind.CONNECTION, "connection_id"),
    "sync.v1.SyncService.ReplayDeadLetters": names(Kind.CONNECTION, "connection_id"),
    "sync.v1.SyncService.GetCompleteness": names(Kind.CONNECTION, "connection_id"),
    # Whoever has no secret is refused alike, whatever is named.
    "sync.v1.SyncService.ReceiveJiraWebhook": Row(
        Kind.CONNECTION,
        "connection_id",
        own=frozenset({grpc.StatusCode.UNAUTHENTICATED}),
        absent=grpc.StatusCode.UNAUTHENTICATED,
    ),
    "sync.v1.InternalService.EraseWorkspace": holds(workspace_id="wsp_none"),
    "sync.v1.InternalService.ErasePerson": holds(
        workspace_id="wsp_none", email="nobody@example.com"
    ),
    "sync.v1.InternalService.ListPersonConnections": holds(
        workspace_ids=["wsp_none"], email="nobody@example.com"
    ),
    "analytics.v1.AnalyticsService.GetExecutiveSummary": names(Kind.CONNECTION, "connection_id"),
    "analytics.v1.AnalyticsService.GetBottlenecks": names(Kind.CONNECTION, "connection_id"),
    "analytics.v1.AnalyticsService.GetWorkload": names(Kind.CONNECTION, "connection_id"),
    "analytics.v1.InternalService.EraseWorkspace": holds(workspace_id="wsp_none"),
}


def contract() -> Mapping[str, MethodDescriptor]:
    """Give every method of the product as the descriptor set has it, by its name there."""
    files = FileDescriptorSet.FromString((ROOT / "gen" / "api.binpb").read_bytes()).file
    pool = descriptor_pool.Default()
    services = [
        pool.FindServiceByName(f"{file.package}.{service.name}")
        for file in files
        if file.package.startswith("jira_analytics.")
        for service in file.service
    ]
    return {
        method.full_name.removeprefix("jira_analytics."): method
        for service in services
        for method in service.methods
    }
