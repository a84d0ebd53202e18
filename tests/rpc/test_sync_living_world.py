"""What is stored of a living site is the truth of it, once all is quiet."""

from typing import Any

import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.documents import ISSUES
from tests.reference.truth import stored_of_truth
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from twin.index import Lag
from twin.life.founding import Founding, found
from twin.life.people import Life
from twin.truth import truth_of

__all__ = ["sync_stores"]

# Another name for a status or a person touches no issue, so it need not be what is stored.
NAMES = {"status_name", "assignee_name"}


def known(document: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """Say what is stored of an issue in the words of the truth."""
    packed = document["changes"]
    names = ("at", "history", "item", "field", "from", "from_name", "to", "to_name")
    changes = list(zip(*(packed[name] for name in names), strict=True))
    return {name: changes if name == "changes" else document[name] for name in like}


def without_names(issue: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in issue.items() if name not in NAMES}


async def stored(api: Sync) -> dict[str, dict[str, Any]]:
    documents = await api.database[ISSUES].find({}).to_list()
    return {one["issue_id"]: one for one in documents if one["deleted"] is None}


async def assert_true(api: Sync) -> None:
    truth = stored_of_truth(truth_of(api.twin.site).as_json())
    documents = await stored(api)
    assert set(documents) == set(truth), "none is missing, none is a ghost"
    for issue_id, own in truth.items():
        assert without_names(known(documents[issue_id], own)) == without_names(own), issue_id


async def synced(api: Sync, mode: Any) -> None:
    last = (await api.watched(await api.start(mode=mode)))[-1]
    assert last.state == pb.SyncJob.SUCCEEDED, last


@pytest.mark.parametrize("seed", range(3))
async def test_a_living_site_is_stored_as_it_is_once_all_is_quiet(
    sync_stores: SyncStores, seed: int
) -> None:
    world = found(Founding(issues=120, projects=3), seed=seed)
    async with sync_service(sync_stores, world=world) as api:
        site = api.twin.site
        await api.connect()
        async with api.working():
            await synced(api, pb.SyncJob.FULL)
            await assert_true(api)
            life = Life.of(world, site.clock, seed=seed)
            for _ in range(3):
                life.live(60)
                await synced(api, pb.SyncJob.DELTA)
            site.index.lag(Lag(seed=seed, least_ms=100, most_ms=2_000))
            life.live(60)
            await synced(api, pb.SyncJob.DELTA)
            site.clock.passed_ms += 2_000
            await synced(api, pb.SyncJob.DELTA)
            await synced(api, pb.SyncJob.FULL)
            await assert_true(api)
