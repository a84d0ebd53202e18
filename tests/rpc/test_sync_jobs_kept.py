"""Jobs that are kept: those that are over for a while, and those that wait until they are found."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.sync.domain.schedule import DAY_MILLISECONDS
from services.sync.store import jobs as jobs_store
from services.sync.store.database import JOBS
from services.sync.store.jobs import JobStore
from tests.contract.twin_calls import few
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service

__all__ = ["sync_stores"]


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def test_all_that_wait_are_looked_at_in_turn(
    api: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait in the queue: a lost one behind them is found by a look after the next."""
    monkeypatch.setattr(jobs_store, "LOOKED_AT_ONCE", 2)
    kept = api.database[JOBS]
    for number, touched in enumerate((10, 20, 20, 20, 30)):
        job = {"workspace_id": "wsp_1", "connection_id": f"con_{number}", "state": "QUEUED"}
        await kept.insert_one({"_id": f"job_{number}", **job, "touched": touched})
    store, looks = JobStore(api.database), []
    for _ in range(5):
        found = await store.forsaken(queued_before=100, touched_before=100)
        looks.append([scope.connection_id for scope in found])
    assert looks[0][0] == "con_0"
    assert ["con_4"] in looks
    assert all(looks)


async def test_a_job_that_is_over_is_kept_for_a_while(api: Sync) -> None:
    """Ninety days from its end, however it ended; one that waits or runs is kept."""
    await api.connect()
    async with api.working():
        await api.watched(await api.start())
    await api.ask(pb.CancelSyncJobRequest(job_id=(await api.start()).id))
    waiting = await api.start()
    documents = await api.database[JOBS].find({}).to_list()
    assert len(documents) == 3
    for document in documents:
        kept, over = document.get("expires_at"), document.get("ended")
        assert (kept is None) == (over is None) == (document["_id"] == waiting.id)
        if kept is not None and over is not None:
            assert kept.timestamp() * 1000 == pytest.approx(
                over + 90 * DAY_MILLISECONDS, abs=60_000
            )
