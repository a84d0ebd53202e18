"""What a webhook leads to: its issue is read again, and everything else stays as it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from jira_analytics.sync.v1 import sync_pb2
from services.kernel.documents import CONNECTION_STATES, ISSUES
from tests.contract.twin_calls import BULK, few, signed_in
from tests.faults.waiting import until as eventually
from tests.rpc.hook_sending import body_of, hooked
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service

__all__ = ["sync_stores"]
IN_PROGRESS = "3"


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with Redis.from_url(sync_stores.queue_url) as redis:
        await redis.flushdb()
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def synced(api: Sync) -> None:
    """Collect everything."""
    last = (await api.watched(await api.start()))[-1]
    assert last.state == sync_pb2.SyncJob.SUCCEEDED, last


async def issue(api: Sync, issue_id: str) -> dict[str, Any]:
    """Give an issue as it is stored."""
    found = await api.database[ISSUES].find_one({"issue_id": issue_id})
    assert found is not None
    return found


async def revision(api: Sync) -> int:
    """Tell the revision that readers see."""
    found = await api.database[CONNECTION_STATES].find_one({})
    assert found is not None
    return int(found["revision"])


async def edit(api: Sync, issue_id: str, **change: Any) -> None:
    """Change an issue at the site as a person would."""
    async with signed_in(api.twin) as jira:
        answer = await jira.post(f"/_twin/issues/{issue_id}", json=change)
        assert answer.is_success, answer.text


async def test_an_edit_is_stored_and_nothing_else_is_written(api: Sync) -> None:
    """The named issue is read by its id and stored, readers look again, and no job is there."""
    await api.connect()
    async with api.working():
        await synced(api)
        ids = [each["issue_id"] for each in await api.database[ISSUES].find({}).to_list()]
        before, jobs = await revision(api), await api.database["jobs"].count_documents({})
        others = [await issue(api, each) for each in ids[1:]]
        await edit(api, ids[0], status=IN_PROGRESS)
        hook = await hooked(api)
        await hook.send(body_of(ids[0]))

        async def there() -> bool:
            return bool((await issue(api, ids[0]))["status_id"] == IN_PROGRESS)

        await eventually(there, str)
    assert [await issue(api, each) for each in ids[1:]] == others
    assert await revision(api) == before + 1
    assert await api.database["jobs"].count_documents({}) == jobs


async def test_a_hundred_webhooks_cost_the_site_one_page(api: Sync) -> None:
    """However often thirty issues are told of before a worker comes, each is read once."""
    await api.connect()
    async with api.working():
        await synced(api)
    found = await api.database[ISSUES].find({"status_id": {"$ne": IN_PROGRESS}}).to_list()
    ids = [each["issue_id"] for each in found][:30]
    for each in ids:
        await edit(api, each, status=IN_PROGRESS)
    hook = await hooked(api)
    for number in range(100):
        await hook.send(body_of(ids[number % len(ids)]))
    before = calls(api)
    async with api.working(), Redis.from_url(api.stores.queue_url) as redis:

        async def read() -> bool:
            return not await redis.exists("dirty", f"dirty:{hook.connection_id}")

        await eventually(read, str)
    assert calls(api) == before + 1
    assert {(await issue(api, each))["status_id"] for each in ids} == {IN_PROGRESS}


def calls(api: Sync) -> int:
    """Count how often issues were asked for by their ids."""
    counted = api.twin.site.calls.counted
    return sum(amount for call, amount in counted.items() if BULK in str(call))
