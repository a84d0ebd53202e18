"""Connections to a few issues of a site, for tests that need many or quick syncs."""

from services.kernel.audit import Actor
from services.kernel.connection import Source
from services.kernel.ids import UserId
from services.sync.connecting import Offered
from services.sync.domain.selection import Selection
from services.sync.domain.site import site_of
from services.sync.sources.jira_cloud import Credential
from services.sync.store.connections import Connection
from tests.faults.sync_parts import WORKSPACE, Place
from twin.site import ACCEPTED_TOKEN

SMALL, FEW = "INFRA", 3  # a project of the site, and how many issues it has


async def connected(there: Place, number: int = 0) -> Connection:
    """Connect a small project."""
    site = site_of(there.twin.origin, registered=[there.twin.origin])
    credential = Credential("ann@example.com", ACCEPTED_TOKEN)
    offered = Offered(f"site {number}", Source.JIRA_CLOUD, site, credential, Selection((SMALL,)))
    return await there.connections.create(Actor(UserId("usr_1"), WORKSPACE), offered)
