"""How a connection stands: what sync knows of it and analytics reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.kernel.ids import ConnectionId, Instant, TenantScope, WorkspaceId
from services.kernel.workflow import Status


class Source(StrEnum):
    """The kinds of sites."""

    JIRA_CLOUD = "JIRA_CLOUD"


class ConnectionStanding(StrEnum):
    """Whether a connection can be synced."""

    NEW = "NEW"
    ACTIVE = "ACTIVE"
    NEEDS_CREDENTIALS = "NEEDS_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """What is stored of a connection's data, and how complete it is.

    `revision` rises whenever stored issues changed and readers should look again; `seq` rises with
    every page written; `epoch` with every worker that takes over (an older one's writes are
    refused). `complete_until`: every change on the site before it is stored; None before the first
    FULL sync. `quarantined_count`: issues that the site sends in a way that cannot be kept.
    `held_count`: issues that the site shows no more, too many at once to take them as deleted.
    `hidden_count`: projects that are to be collected and that the site does not show, or shows
    again, and no run has looked through since; `complete_until` does not speak of them.
    `written`: when stored issues changed last, by the clock of who wrote them; 0 before any did.
    `fields_settled`: every stored issue was read with the fields that the site has now; else a
    figure over points, sprints, flags or epics would be of a part of them.
    """

    connection_id: ConnectionId
    workspace_id: WorkspaceId
    name: str
    source: Source
    site_url: str
    standing: ConnectionStanding
    revision: int = 0
    seq: int = 0
    epoch: int = 0
    issue_count: int = 0
    expected_issue_count: int | None = None
    quarantined_count: int = 0
    held_count: int = 0
    hidden_count: int = 0
    complete_until: Instant | None = None
    written: Instant = 0
    fields_settled: bool = False
    statuses: Mapping[str, Status] = field(default_factory=dict)

    @property
    def scope(self) -> TenantScope:
        """The scope in which this connection's issues may be touched."""
        return TenantScope(workspace_id=self.workspace_id, connection_id=self.connection_id)
