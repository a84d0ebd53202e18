"""The hourly quota of StartSync over the wire: exact, charged once, given back, told in time."""

import asyncio
from typing import Any

import grpc
import pytest

from jira_analytics.sync.v1 import internal_pb2 as internal_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.ids import ConnectionId, TenantScope, UserId, WorkspaceId
from services.kernel.membership import Tier
from services.sync.domain.quota import Starter
from services.sync.domain.wanted import Wanted
from services.sync.jobs import Jobs
from services.sync.store import starting
from services.sync.store.connections import ConnectionStore
from services.sync.store.database import CONNECTIONS, JOBS, QUOTAS
from services.sync.store.jobs import JobStore
from tests.auth_stand_in import service_token
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync

__all__ = ["api", "sync_stores"]
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
TRIES = 20


async def many(api: Sync, count: int) -> list[str]:
    """Make many connections of one, each with a job of its own to be started; gives their ids."""
    made = await api.connect()
    ids = [made.id]
    for name in (CONNECTIONS, "connection_states"):
        [first] = await api.database[name].find({"_id": made.id}).to_list()
        copies = [
            {**first, "_id": f"con_copy{number}", "name": f"copy-{number}"}
            for number in range(1, count)
        ]
        await api.database[name].insert_many(copies)
        ids = [made.id, *(copy["_id"] for copy in copies)]
    return ids


async def start(api: Sync, connection_id: str, **claims: Any) -> Any:
    """Start a sync as a person of the free tier; gives the job, or the refusal's code.

    Where a busy store gives no answer it is asked again, as clients do.
    """
    request_id = claims.pop("request_id", f"r-{connection_id}")
    request = pb.StartSyncRequest(connection_id=connection_id, request_id=request_id)
    for _ in range(TRIES):
        try:
            return await api.ask(request, **{"tier": "free", **claims})
        except grpc.aio.AioRpcError as error:
            code = error.code()
            if code != grpc.StatusCode.UNAVAILABLE:
                return code
    raise AssertionError("no answer is to be had")


async def over(api: Sync, job: pb.SyncJob) -> None:
    """Let a job be over."""
    await api.ask(pb.CancelSyncJobRequest(job_id=job.id))


async def starts(api: Sync) -> int:
    found = await api.database[QUOTAS].find({}).to_list()
    return sum(len(account["starts"]) for account in found)


async def test_of_fifty_starts_at_once_five_are_taken(api: Sync) -> None:
    """Fifty ids for fifty connections: exactly five jobs, and each other one is told so."""
    ids = await many(api, 50)
    answers = await asyncio.gather(*(start(api, one) for one in ids))
    jobs = [one for one in answers if isinstance(one, pb.SyncJob)]
    assert len(jobs) == 5
    assert {one for one in answers if not isinstance(one, pb.SyncJob)} == {EXHAUSTED}
    assert await api.database[JOBS].count_documents({}) == await starts(api) == 5
    again = await asyncio.gather(*(start(api, job.connection_id) for job in jobs))
    assert [job.id for job in again] == [job.id for job in jobs], "asked again, nothing is charged"


async def test_what_is_told(api: Sync) -> None:
    """RESOURCE_EXHAUSTED with its reason, and Retry-After as the gateway lets it through."""
    for number in range(5):
        await api.connect(f"site-{number}")
        await start(api, f"site-{number}")
    await api.connect("last")
    async with refused("QUOTA_SPENT") as seen:
        await api.ask(pb.StartSyncRequest(connection_id="last"), tier="free")
    assert seen[0].code is EXHAUSTED
    assert seen[0].metadata["limit"] == "5"
    assert 3500 < int(seen[0].metadata["retry_after_seconds"]) <= 3600
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await api.ask(pb.StartSyncRequest(connection_id="last"), tier="free")
    trailers = dict(failed.value.trailing_metadata() or ())
    assert 3500 < int(str(trailers["retry-after"])) <= 3600


async def test_a_request_that_joined_a_sync_is_charged_also_later_for_none(api: Sync) -> None:
    """Its answer was lost, and the sync is over: asked again it gives that one, and starts none."""
    made = await api.connect()
    there = await start(api, made.id, request_id="first")
    joined = await asyncio.gather(*(start(api, made.id, request_id="late") for _ in range(5)))
    assert {job.id for job in joined} == {there.id}
    await over(api, there)
    again = await start(api, made.id, request_id="late")
    assert (again.id, again.state) == (there.id, pb.SyncJob.CANCELLED)
    assert await api.database[JOBS].count_documents({}) == await starts(api) == 1
    assert (await start(api, made.id, request_id="another")).id != there.id
    assert await starts(api) == 2


async def test_tiers_and_people_are_apart(api: Sync) -> None:
    """What the free tier refuses, pro and enterprise take; another person's hour is their own."""
    for number in range(8):
        await api.connect(f"site-{number}")
    for number in range(5):
        assert isinstance(await start(api, f"site-{number}"), pb.SyncJob)
    assert await start(api, "site-5") is EXHAUSTED
    assert isinstance(await start(api, "site-5", sub="usr_2"), pb.SyncJob)
    assert isinstance(await start(api, "site-6", tier="pro"), pb.SyncJob)
    assert isinstance(await start(api, "site-7", tier="enterprise"), pb.SyncJob)


async def test_what_runs_is_answered_uncharged(api: Sync) -> None:
    """However often; only what is added counts, and a FULL behind a DELTA is added."""
    made = await api.connect()
    job = await start(api, made.id)
    for number in range(20):
        assert (await start(api, made.id, request_id=f"more-{number}")).id == job.id
    assert await starts(api) == 1
    synced = {"cursor": 1, "active_job": None, "next_job": None}
    await api.database[CONNECTIONS].update_one({"_id": made.id}, {"$set": synced})
    delta = await start(api, made.id, request_id="delta")
    full = pb.StartSyncRequest(connection_id=made.id, mode=pb.SyncJob.FULL)
    behind = {(await api.ask(full, tier="free")).id for _ in range(5)}
    assert len(behind | {delta.id}) == 2
    assert await starts(api) == 3


async def test_a_repeated_request_is_charged_once(api: Sync) -> None:
    """Twenty at once, and again when its job is over, and with an hour that is full."""
    made = await api.connect()
    jobs = await asyncio.gather(*(start(api, made.id) for _ in range(20)))
    assert len({job.id for job in jobs}) == 1
    assert await starts(api) == 1
    await over(api, jobs[0])
    for number in range(4):
        await over(api, await start(api, made.id, request_id=f"other-{number}"))
    assert await start(api, made.id, request_id="one-more") is EXHAUSTED
    assert (await start(api, made.id)).id == jobs[0].id


async def test_what_cannot_be_started_is_not_charged(
    api: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails after the charge gives it back: the two are one transaction."""
    made = await api.connect()

    def broken(*_: object) -> Any:
        raise RuntimeError("something is wrong with the job")

    monkeypatch.setattr(starting, "document_of", broken)
    assert await start(api, made.id) is grpc.StatusCode.INTERNAL
    assert await starts(api) == 0
    monkeypatch.undo()
    assert isinstance(await start(api, made.id), pb.SyncJob)
    assert await starts(api) == 1


class _Away:
    async def put(self, *_: object) -> None:
        raise ConnectionError("the queue is away")


async def test_a_queue_that_is_away_costs_no_second_charge(api: Sync) -> None:
    """The job is kept and will be found; asked for again, it is the same one."""
    made = await api.connect()
    found = ConnectionStore(api.database)
    where = await found.find(WorkspaceId("wsp_1"), made.id)

    class Find:
        async def named(self, *_: object) -> Any:
            return where

    jobs = Jobs(JobStore(api.database), Find(), _Away(), lambda: 1_700_000_000_000)
    starter = Starter(WorkspaceId("wsp_1"), UserId("usr_1"), Tier.FREE)
    wanted = Wanted()
    one = await jobs.start(starter.workspace_id, made.id, wanted, "r", starter=starter)
    two = await jobs.start(starter.workspace_id, made.id, wanted, "r", starter=starter)
    assert one.job_id == two.job_id
    assert await starts(api) == 1
    assert await JobStore(api.database).forsaken(
        queued_before=2_000_000_000_000, touched_before=0
    ) == [TenantScope(WorkspaceId("wsp_1"), ConnectionId(made.id))]


async def test_an_erased_workspaces_hours_are_gone(api: Sync) -> None:
    made = await api.connect()
    await start(api, made.id)
    shown = (("authorization", f"Bearer {service_token(api.mint, 'auth')}"),)
    request = internal_pb.EraseWorkspaceRequest(workspace_id="wsp_1")
    await api.internal.EraseWorkspace(request, metadata=shown, timeout=20)
    assert await starts(api) == 0
