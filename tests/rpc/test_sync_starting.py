"""What starts a sync and what joins one, with no worker that would move it meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from tests.contract.twin_calls import few
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from tests.stores import valkey

__all__ = ["api", "sync_stores"]

FULL, DELTA = pb.SyncJob.FULL, pb.SyncJob.DELTA


async def as_if_synced(api: Sync, connection: connections_pb.Connection) -> None:
    """Let a connection stand as after a FULL that has succeeded, with no job under way."""
    synced = {"cursor": 1, "active_job": None, "next_job": None}
    await api.database["connections"].update_one({"_id": connection.id}, {"$set": synced})


async def job_ids(api: Sync) -> set[str]:
    return {job.id for job in (await api.ask(pb.ListSyncJobsRequest())).jobs}


async def test_every_call_takes_a_connections_id_and_its_name(api: Sync) -> None:
    """What is asked by id is answered as what is asked by name."""
    for taken in ("id", "name"):
        made = await api.connect()
        reference: str = getattr(made, taken)
        shown = await api.ask(connections_pb.GetConnectionRequest(connection_id=reference))
        assert shown == made
        same = await api.ask(connections_pb.UpdateConnectionRequest(connection_id=reference))
        assert same == made
        job = await api.start(reference)
        assert job.connection_id == made.id
        listed = await api.ask(pb.ListSyncJobsRequest(connection_id=reference))
        assert list(listed.jobs) == [job]
        await api.ask(connections_pb.DeleteConnectionRequest(connection_id=reference))
        async with refused("NOT_FOUND"):
            await api.ask(pb.GetSyncJobRequest(job_id=job.id))


async def test_a_request_id_is_a_connections_own(api: Sync) -> None:
    """The same token of the caller's choice means another job for another connection."""
    for name in ("one", "two"):
        await api.connect(name)
    jobs = [await api.start(name, request_id="same") for name in ("one", "two")]
    assert await job_ids(api) == {job.id for job in jobs}
    assert len({job.id for job in jobs}) == 2


async def test_twenty_retries_at_once_join_the_job_that_is_there(api: Sync) -> None:
    """While a job is under way, a request_id that is not known joins it, and makes none."""
    await api.connect()
    there = await api.start(request_id="first")
    asked = (api.start(request_id=f"later-{number % 4}") for number in range(20))
    assert {job.id for job in await asyncio.gather(*asked)} == {there.id}
    assert await job_ids(api) == {there.id}


async def test_of_five_fulls_at_once_over_a_delta_one_waits_behind_it(api: Sync) -> None:
    """One FULL is queued; whoever asks for a DELTA then, or for nothing in particular, joins."""
    await as_if_synced(api, await api.connect())
    delta = await api.start(mode=DELTA)
    fulls = await asyncio.gather(*(api.start(mode=FULL) for _ in range(5)))
    [behind] = {job.id for job in fulls}
    assert {job.mode for job in fulls} == {FULL}
    assert behind != delta.id
    for mode in (DELTA, pb.SyncJob.MODE_UNSPECIFIED):
        assert (await api.start(mode=mode)).id == delta.id
    assert await job_ids(api) == {delta.id, behind}


async def test_who_joins_a_delta_that_was_due_asks_for_it(api: Sync) -> None:
    """From then on it is a person's, and asks its site as one."""
    made = await api.connect()
    await as_if_synced(api, made)
    there = await api.start(mode=DELTA)
    jobs = api.database["jobs"]
    for asked in (True, False):
        own = await jobs.find_one_and_update({"_id": there.id}, {"$set": {"asked": False}})
        assert own is not None
        assert own["asked"]
        if asked:
            assert (await api.start(mode=DELTA)).id == there.id


async def test_nothing_waits_behind_a_full(api: Sync) -> None:
    """A FULL under way does as much as anybody may ask for."""
    await as_if_synced(api, await api.connect())
    full = await api.start(mode=FULL)
    for mode in (FULL, DELTA, pb.SyncJob.MODE_UNSPECIFIED):
        assert (await api.start(mode=mode)).id == full.id
    assert await job_ids(api) == {full.id}


async def test_a_start_and_a_deletion_at_once_leave_no_job_behind(api: Sync) -> None:
    """Whichever comes first, afterwards there is neither a connection nor a job of it."""
    for number in range(5):
        made = await api.connect(f"site-{number}")
        deletion = connections_pb.DeleteConnectionRequest(connection_id=made.id)
        answers = await asyncio.gather(
            api.ask(deletion), api.start(made.id), api.start(made.id), return_exceptions=True
        )
        failed = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
        assert {error.code() for error in failed} <= {grpc.StatusCode.NOT_FOUND}
        assert await api.database["jobs"].count_documents({"connection_id": made.id}) == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (pb.StartSyncRequest(request_id="x" * 65), "request_id"),
        (pb.StartSyncRequest(connection_id="a\0b"), "connection_id"),
        (pb.StartSyncRequest(connection_id="x" * 65), "connection_id"),
        (pb.StartSyncRequest(mode=7), "mode"),  # type: ignore[arg-type]
        (pb.GetSyncJobRequest(), "job_id"),
    ],
    ids=str,
)
async def test_a_field_that_cannot_be_is_named(api: Sync, asked: object, field: str) -> None:
    """What cannot be accepted is INVALID_ARGUMENT with the field's name."""
    async with refused("INVALID_FIELD") as seen:
        await api.ask(asked)
    assert seen[0].code is grpc.StatusCode.INVALID_ARGUMENT
    assert seen[0].metadata == {"field": field}


@pytest.fixture
async def queue_that_ends(
    sync_stores: SyncStores, tmp_path: Path
) -> AsyncIterator[tuple[Sync, AsyncExitStack]]:
    """Run the API with a queue that is gone by the time it is used; the stack may bring it back."""
    async with AsyncExitStack() as stack:
        async with valkey("queue", tmp_path) as url:
            stores = replace(sync_stores, queue_url=url)
            api = await stack.enter_async_context(sync_service(stores, world=few()))
        yield api, stack


async def test_a_job_is_kept_while_the_queue_is_down(
    queue_that_ends: tuple[Sync, AsyncExitStack], tmp_path: Path
) -> None:
    """StartSync answers within 5 s with a QUEUED job; it is done once the queue is back."""
    api, stack = queue_that_ends
    await api.connect()
    began = time.monotonic()
    job = await api.start()
    assert time.monotonic() - began < 5
    assert job.state == pb.SyncJob.QUEUED
    port = int(api.stores.queue_url.rpartition(":")[2].partition("/")[0])
    await stack.enter_async_context(valkey("queue", tmp_path, port))
    async with api.working():
        assert (await api.watched(job))[-1].state == pb.SyncJob.SUCCEEDED
