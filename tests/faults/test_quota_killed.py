"""An API that is killed while syncs are started: every job is charged, no charge has no job."""

import asyncio
from pathlib import Path

import grpc

from jira_analytics.sync.v1 import sync_pb2 as pb
from tests.faults.processes import Process
from tests.faults.sync_parts import Stores
from tests.faults.sync_product import Product, product
from tests.faults.waiting import until

CALLS = 30


async def start(there: Product, connection_id: str) -> bool:
    """Start a sync; False where the answer was lost with the process."""
    request = pb.StartSyncRequest(connection_id=connection_id, request_id="once")
    try:
        await there.sync.StartSync(request, metadata=there.metadata, timeout=20)
    except grpc.aio.AioRpcError:
        return False
    return True


async def charges(there: Product) -> int:
    found = await there.database["sync_quotas"].find({}).to_list()
    return sum(len(account["starts"]) for account in found)


async def test_charges_and_jobs_are_as_many_after_a_kill(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """Killed in the middle of thirty starts; whoever asks again for a job has it, uncharged."""
    async with product(sync_stores, database=mongo_database, folder=tmp_path, tier="pro") as there:
        made = await there.connect()
        for name in ("connections", "connection_states"):
            first = await there.document(name, made)
            copies = [{**first, "_id": f"con_{n}", "name": f"c-{n}"} for n in range(CALLS)]
            await there.database[name].insert_many(copies)
        jobs = there.database["jobs"]
        calls = [asyncio.create_task(start(there, f"con_{n}")) for n in range(CALLS)]

        async def some() -> bool:
            return await jobs.count_documents({}) >= 4

        await until(some, lambda: there.said)
        there.processes[0].kill()
        await asyncio.gather(*calls)

        async def as_many() -> bool:
            # What was on its way when it died may come in between two looks.
            return await jobs.count_documents({}) == await charges(there)

        await until(as_many, lambda: there.said)
        started = {job["connection_id"] for job in await jobs.find({}).to_list()}
        assert len(started) >= 4
        there.processes[0] = Process("services.sync", there.environment, there.log)
        await there.sync.ListSyncJobs(
            pb.ListSyncJobsRequest(), metadata=there.metadata, timeout=40, wait_for_ready=True
        )
        again = await asyncio.gather(*(start(there, one) for one in started))
        assert all(again)
        assert len(started) == await charges(there) == await jobs.count_documents({})
