"""Requests, parsed into values that cannot be wrong, or refused with the field's name."""

import base64
import binascii
import re
from typing import Protocol

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import internal_pb2 as internal_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.connection import Source
from services.kernel.errors import InvalidField
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.sync_job import Mode, SyncJob
from services.sync.connecting import Changes, Offered, SiteOf
from services.sync.domain.selection import Selection, checked_jql, checked_projects
from services.sync.domain.wanted import Wanted
from services.sync.sources.jira_cloud import Credential
from services.sync.store.connections import Connection

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LONGEST_EMAIL = 254
LONGEST_TOKEN = 4096
LONGEST_REFERENCE = 64
LONGEST_PAGE_TOKEN = 200
DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
MOST_WORKSPACES = 1000
# What the database can hold of an instant.
LATEST = 2**63 - 1


class Paged(Protocol):
    """A request for a page of a list."""

    @property
    def page_size(self) -> int:
        """The most rows to answer with."""

    @property
    def page_token(self) -> str:
        """`next_page_token` of the page before."""


def text(value: str, field: str, longest: int) -> str:
    """Take a text that must be there, of `longest` characters at most, all of them printable."""
    if not value:
        raise InvalidField(field, "this must be given")
    if len(value) > longest or not value.isprintable():
        raise InvalidField(field, f"write {longest} printable characters or fewer")
    return value


def reference(value: str, field: str = "connection_id") -> str:
    """Take a connection's or job's id, or a connection's name; an empty one stays empty."""
    return text(value, field, LONGEST_REFERENCE) if value else ""


def required_reference(value: str, field: str = "connection_id") -> str:
    """Take an id or a name that must be there."""
    return text(value, field, LONGEST_REFERENCE)


def name_of(value: str) -> str:
    """Take a name for a connection."""
    if not NAME.fullmatch(value) or value.startswith("con_"):
        raise InvalidField("name", "write 1 to 63 small letters, digits and hyphens")
    return value


def offered(request: connections_pb.CreateConnectionRequest, site_of: SiteOf) -> Offered:
    """Parse what somebody wants to connect."""
    if request.source != connections_pb.Connection.JIRA_CLOUD:
        raise InvalidField("source", "write JIRA_CLOUD")
    return Offered(
        name=name_of(request.name),
        source=Source.JIRA_CLOUD,
        site=site_of(text(request.site_url, "site_url", 300)),
        credential=Credential(
            email=_email(request.email),
            api_token=text(request.api_token, "api_token", LONGEST_TOKEN),
        ),
        selection=selection(request.scope),
    )


def selection(scope: connections_pb.Scope) -> Selection:
    """Parse what of a site is to be collected."""
    return Selection(
        checked_projects(scope.projects, "scope.projects"), checked_jql(scope.jql, "scope.jql")
    )


def changes(request: connections_pb.UpdateConnectionRequest) -> Changes:
    """Parse what somebody wants to change."""
    return Changes(
        name=name_of(request.name) if request.HasField("name") else None,
        email=_email(request.email) if request.HasField("email") else None,
        api_token=text(request.api_token, "api_token", LONGEST_TOKEN)
        if request.HasField("api_token")
        else None,
        selection=selection(request.scope) if request.HasField("scope") else None,
    )


def _email(value: str) -> str:
    email = text(value, "email", LONGEST_EMAIL)
    # A colon would end the user's part of HTTP's basic authentication.
    if "@" not in email or ":" in email:
        raise InvalidField("email", "write an e-mail address")
    return email


MODES = {
    pb.SyncJob.MODE_UNSPECIFIED: None,
    pb.SyncJob.FULL: Mode.FULL,
    pb.SyncJob.DELTA: Mode.DELTA,
}


def wanted(request: pb.StartSyncRequest) -> Wanted:
    """Parse how much to collect."""
    if request.mode not in MODES:
        raise InvalidField("mode", "write FULL or DELTA")
    return Wanted(MODES[request.mode], request.believe_vanished)


def request_id(value: str) -> str:
    """Parse a token of the caller's choice."""
    return text(value, "request_id", 64) if value else ""


def page_size(request: Paged) -> int:
    """Parse how many rows a page has at most."""
    if not 0 <= request.page_size <= LARGEST_PAGE:
        raise InvalidField("page_size", f"write 1 to {LARGEST_PAGE}")
    return request.page_size or DEFAULT_PAGE


def _encoded(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _decoded(token: str) -> str:
    if not token:
        return ""
    try:
        if len(token) > LONGEST_PAGE_TOKEN:
            raise InvalidField("page_token", "this is no token of ours")
        return base64.b64decode(
            token + "=" * (-len(token) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as garbled:
        raise InvalidField("page_token", "this is no token of ours") from garbled


def token_after(connection: Connection) -> str:
    """Make the token of the page that follows a connection."""
    return _encoded(connection.state.name)


def after_name(request: Paged) -> str:
    """Parse the name of the connection that a page follows."""
    name = _decoded(request.page_token)
    if name and not NAME.fullmatch(name):
        raise InvalidField("page_token", "this is no token of ours")
    return name


def token_before(job: SyncJob) -> str:
    """Make the token of the page that follows a job."""
    return token_of(job.created, job.job_id)


def token_of(instant: Instant, last_id: str) -> str:
    """Make the token of the page that follows something of an instant, the latest first."""
    return _encoded(f"{instant}/{last_id}")


def before(request: Paged) -> tuple[Instant, str] | None:
    """Parse the instant and id of the job that a page follows."""
    return position(request.page_token)


def position(token: str) -> tuple[Instant, str] | None:
    """Parse the instant and id of what a page follows; None for the first page."""
    decoded = _decoded(token)
    if not decoded:
        return None
    instant, _, last_id = decoded.partition("/")
    if not instant.isdecimal() or int(instant) > LATEST or not last_id:
        raise InvalidField("page_token", "this is no token of ours")
    return int(instant), last_id


def workspace(value: str, field: str = "workspace_id") -> WorkspaceId:
    """Take a workspace that a service names."""
    return WorkspaceId(text(value, field, LONGEST_REFERENCE))


def workspaces(request: internal_pb.ListPersonConnectionsRequest) -> list[WorkspaceId]:
    """Take the workspaces that a service names."""
    if not 1 <= len(request.workspace_ids) <= MOST_WORKSPACES:
        raise InvalidField("workspace_ids", f"name 1 to {MOST_WORKSPACES}")
    return [workspace(one, "workspace_ids") for one in request.workspace_ids]


def person(email: str) -> str:
    """Take a person's e-mail address."""
    return text(email, "email", LONGEST_EMAIL)
