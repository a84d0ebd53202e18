"""Connections that sign in at their site with a person's e-mail address."""

from dataclasses import dataclass

from services.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class SiteCredential:
    """One of them, without its secret."""

    workspace_id: WorkspaceId
    connection_id: str
    connection_name: str
    site_url: str
    email: str
