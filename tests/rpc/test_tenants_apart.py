"""Two workspaces that collect from the same site, by the same name: each sees what is its own."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from services.kernel.documents import ISSUES
from tests.contract.twin_calls import few
from tests.rpc.sync_and_analytics import Product, running_product
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores
from tests.rpc.sync_stored import everything, of_workspace
from twin.editing import Edit, apply

__all__ = ["sync_stores"]

WHOLE, PART = "wsp_whole", "wsp_part"


@pytest.fixture
async def product(sync_stores: SyncStores) -> AsyncIterator[Product]:
    async with running_product(sync_stores, few()) as product:
        yield product


async def stored(sync: Sync, connection: connection_pb2.Connection) -> dict[str, str]:
    """Give the issues of a connection: which status each is in."""
    found = sync.database[ISSUES].find({"connection_id": connection.id})
    return {document["issue_id"]: document["status_id"] async for document in found}


async def counted(product: Product, workspace: str) -> tuple[str, int]:
    """Ask how many issues a summary is made from, and of which connection."""
    request = analytics_pb2.GetExecutiveSummaryRequest(connection_id="site")
    caller = product.analytics.caller(workspace)
    answer = await product.analytics.stub.GetExecutiveSummary(request, metadata=caller, timeout=20)
    return answer.provenance.connection_id, answer.provenance.issue_count


async def synced(sync: Sync, workspace: str) -> None:
    last = (await sync.watched(await sync.start("site", workspace), workspace))[-1]
    assert last.state == sync_pb2.SyncJob.SUCCEEDED


async def test_issues_of_the_same_ids_are_kept_apart(product: Product) -> None:
    """One has all of the site, the other a project of it: counts are each one's own.

    What only one has synced is not in the other, and what one deletes stays in the other.
    """
    sync = product.sync
    issues = {issue.id: issue.key for issue in sync.twin.world.issues()}
    climate = {issue_id for issue_id, key in issues.items() if key.startswith("CLIMATE-")}
    whole = await sync.connect("site", WHOLE)
    part = await sync.connect("site", PART, scope=connection_pb2.Scope(projects=["CLIMATE"]))
    async with sync.working():
        for workspace in (WHOLE, PART):
            await synced(sync, workspace)
        assert (await stored(sync, whole)).keys() == issues.keys()
        assert (await stored(sync, part)).keys() == climate
        assert await counted(product, WHOLE) == (whole.id, len(issues))
        assert await counted(product, PART) == (part.id, len(climate))
        before = await stored(sync, part)
        edited = min(climate)
        status = next(one for one in sync.twin.world.catalogue.statuses if one != before[edited])
        apply(sync.twin.world, edited, Edit(status=status))
        await synced(sync, WHOLE)
        assert (await stored(sync, whole))[edited] == status
        assert await stored(sync, part) == before
    untouched = of_workspace(await everything(sync.database), PART, part.id)
    await sync.ask(connection_pb2.DeleteConnectionRequest(connection_id="site"), WHOLE)
    left = await everything(sync.database)
    assert of_workspace(left, PART, part.id) == untouched
    # That it was deleted is for the audit, which nobody can take back.
    told = left.pop("audit_outbox", [])
    assert {one["action"] for one in told} <= {"connection.create", "connection.delete"}
    assert not of_workspace(left, WHOLE, whole.id)
    assert {document["workspace_id"] for document in left[ISSUES]} == {PART}
