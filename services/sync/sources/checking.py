"""What is tried of a site before it is connected, or takes another credential."""

from typing import Any, Protocol

from services.kernel.errors import SiteNotJira
from services.sync.domain.site import Site
from services.sync.sources.answers import CredentialRefused, NotJson, OutOfScope, SiteRefuses
from services.sync.sources.lists import MYSELF


class Call(Protocol):
    """Calls a site; see JiraCloud."""

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        authenticated: bool = True,
    ) -> Any:  # noqa: ANN401 - JSON
        """Give the answer's JSON."""


async def check(call: Call, site: Site, question: str) -> None:
    """Make sure that a Jira Cloud site answers, and takes credential and question.

    SiteNotJira, CredentialRefused, OutOfScope; PageRefused where it is the question ("" is none).
    """
    if site.behind_gateway:
        await _is_there(call)
    else:
        await _is_jira_cloud(call)
        await call("GET", MYSELF)
    if question:
        body = {"jql": question, "maxResults": 1, "fields": ["id"]}
        await call("POST", "/rest/api/3/search/jql", body=body)


async def _is_jira_cloud(call: Call) -> None:
    """Make sure of it before a credential is sent."""
    try:
        info = await call("GET", "/rest/api/3/serverInfo", authenticated=False)
    except (SiteRefuses, CredentialRefused, NotJson) as refused:
        raise SiteNotJira(str(refused)) from refused
    kind = info.get("deploymentType") if isinstance(info, dict) else None
    if kind != "Cloud":
        # What somebody else's server says is repeated only where it is Jira's own word.
        raise SiteNotJira(f"deployment type {kind if kind == 'Server' else 'unknown'}")


async def _is_there(call: Call) -> None:
    """Ask Atlassian's gateway, which leads to Jira alone, and answers nobody unknown."""
    try:
        await call("GET", MYSELF)
    except OutOfScope:
        raise
    except (SiteRefuses, NotJson) as refused:
        raise SiteNotJira(str(refused)) from refused
