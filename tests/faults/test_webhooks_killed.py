"""Webhooks while workers and the queue die: no mark is lost, and what was not taken is told so."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

from services.kernel.documents import ISSUES
from services.kernel.ids import ConnectionId, IssueId
from services.sync import forsaken
from services.sync.domain.lanes import Lane
from services.sync.hooks import looking
from services.sync.hooks.marks import Marks
from services.sync.queue import job_queue
from services.sync.store.connections import Connection
from tests.contract.twin_calls import few
from tests.faults.sync_parts import Place, Stores, place
from tests.faults.test_sync_outages import breakable, caught
from tests.faults.waiting import until
from tests.rpc.hook_sending import Hook, body_of, headers_of, hooked
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from twin.editing import Edit, apply
from twin.faults import Fault
from twin.serving import running
from twin.world import World

BULKFETCH = "/rest/api/3/issue/bulkfetch"
IN_PROGRESS = "3"


def edited(world: World, amount: int) -> list[str]:
    """Change some issues at the site; gives their ids."""
    ids = [each for each in world.records if _status(world, each) != IN_PROGRESS][:amount]
    for each in ids:
        apply(world, each, Edit(status=IN_PROGRESS))
    return ids


def _status(world: World, issue_id: str) -> str:
    return str(world.issue(issue_id).fields["status"]["id"])


async def mark(redis: Redis, connection: Connection, issues: list[str]) -> None:
    """Mark issues, as a webhook does."""
    told = [IssueId(each) for each in issues]
    await Marks(redis).add(connection.connection_id, f"d-{issues}", told, deleted=False)


async def stored_as_edited(there: Place, connection: Connection, ids: list[str]) -> None:
    """Wait until all of these issues are stored as they were edited, and no mark is left."""

    async def done() -> bool:
        stored = await there.stored(connection)
        left = await there.redis.exists("dirty", f"dirty:{connection.connection_id}")
        return not left and all(stored[each]["status_id"] == IN_PROGRESS for each in ids)

    await until(done, lambda: there.said)


async def test_a_worker_is_killed_in_the_middle_of_a_refresh(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """Whoever comes next reads all that was marked, and what was marked since."""
    async with (
        running(few()) as twin,
        place(sync_stores, database=mongo_database, twin=twin, folder=tmp_path) as there,
    ):
        await there.redis.flushdb()
        first = there.worker()
        connection = await there.connect()
        await there.finished(await there.start(connection))
        *ids, last = edited(twin.world, 30)
        twin.site.faults.add(Fault(path=BULKFETCH, delay_ms=5000))
        await mark(there.redis, connection, ids)
        async with job_queue(sync_stores.queue_url) as queue:
            await queue.put(connection.connection_id, Lane.REFRESH)
            await caught(there)
            first.kill()
            await mark(there.redis, connection, [last])
            there.worker()
            await stored_as_edited(there, connection, [*ids, last])


async def sent(hook: Hook, body: bytes, headers: Any) -> grpc.StatusCode:
    """Send a webhook; gives what its sender is told."""
    try:
        await hook.send(body, headers)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def is_stored(api: Sync, issue_id: str) -> bool:
    found = await api.database[ISSUES].find_one({"issue_id": issue_id})
    return found is not None and bool(found["status_id"] == IN_PROGRESS)


async def test_the_queue_is_away(sync_stores: Stores, mongo_database: str, tmp_path: Path) -> None:
    """A webhook is told to come again, and is not known then: it does what it had to."""
    async with breakable("queue", tmp_path / "queue") as queue:
        stores = SyncStores(sync_stores.mongo_url, queue.url, sync_stores.cache_url, mongo_database)
        async with sync_service(stores, world=few()) as api, api.working():
            await api.connect()
            await api.watched(await api.start())
            hook = await hooked(api)
            [issue_id] = edited(api.twin.world, 1)
            body = body_of(issue_id)
            headers = headers_of(body, hook.secret)
            queue.kill()
            assert await sent(hook, body, headers) is grpc.StatusCode.UNAVAILABLE
            await queue.start()

            async def taken() -> bool:
                return await sent(hook, body, headers) is grpc.StatusCode.OK

            await until(taken, str)
            await until(lambda: is_stored(api, issue_id), str)


async def test_marks_that_no_queue_knows_of_are_found(
    sync_stores: Stores, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API died between its two steps: workers look for such marks; a stranger's are dropped."""
    monkeypatch.setattr(looking, "QUEUED_MILLISECONDS", 0)
    monkeypatch.setattr(forsaken, "LOOK_SECONDS", 0.2)
    stores = SyncStores(
        sync_stores.mongo_url, sync_stores.queue_url, sync_stores.cache_url, mongo_database
    )
    async with (
        Redis.from_url(sync_stores.queue_url) as redis,
        sync_service(stores, world=few()) as api,
    ):
        await redis.flushdb()
        async with api.working():
            made = await api.connect()
            await api.watched(await api.start())
            [issue_id] = edited(api.twin.world, 1)
            marks = Marks(redis)
            await marks.add(ConnectionId(made.id), "d-1", [IssueId(issue_id)], deleted=False)
            await marks.add(ConnectionId("con_gone"), "d-1", [IssueId(issue_id)], deleted=False)
            await until(lambda: is_stored(api, issue_id), str)

            async def forgotten() -> bool:
                return not await redis.exists("dirty", "dirty:con_gone", "hook:con_gone")

            await until(forgotten, str)
