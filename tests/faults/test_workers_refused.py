"""Sites that refuse: not one call more than they allow."""

import asyncio
from pathlib import Path

import grpc
import pytest

from jira_analytics.sync.v1 import connection_pb2
from tests.faults.accounting import assert_complete
from tests.faults.sync_parts import Stores
from tests.faults.sync_product import FINAL, Job, product
from twin.faults import Fault

BULKFETCH = "/rest/api/3/issue/bulkfetch"
CHANGELOG = "/rest/api/3/changelog/bulkfetch"
QUIET_SECONDS = 5.0


async def test_two_workers_keep_still_until_the_instant_the_site_named(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """429 with Retry-After 3: the job says until when it waits, and nobody calls before that."""
    async with product(sync_stores, database=mongo_database, folder=tmp_path) as there:
        there.twin.site.faults.add(Fault(status=429, path=CHANGELOG, after=2, retry_after=3))
        connection = await there.connect()
        job = await there.start(connection)
        there.worker()
        there.worker()
        waiting = await there.until(job, Job.WAITING)
        named = waiting.progress.waiting_until_time.ToMilliseconds() / 1000
        [refused] = [at for at, status in there.calls.answered if status == "429"]
        assert named >= refused + 2.999
        assert (await there.start(connection)).id == job.id
        await there.succeeded(job)
        assert min(at for at, _ in there.calls.after(refused)) >= named
        await assert_complete(there, connection)


async def test_a_credential_that_is_refused_half_way_is_not_shown_again(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """401 in the middle: one refused call and then silence; the connection asks for another."""
    async with product(sync_stores, database=mongo_database, folder=tmp_path) as there:
        there.twin.site.faults.add(Fault(status=401, path=BULKFETCH, after=4, times=1000))
        connection = await there.connect()
        job = await there.start(connection)
        there.worker()
        failed = await there.until(job, *FINAL)
        assert failed.state == Job.FAILED
        assert failed.error.reason == "CONNECTION_NEEDS_CREDENTIALS"
        shown = await there.connection(connection)
        assert shown.state == connection_pb2.Connection.NEEDS_CREDENTIALS
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await there.start(connection)
        assert refusal.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        await asyncio.sleep(QUIET_SECONDS)
        [refused] = [at for at, status in there.calls.answered if status == "401"]
        assert there.calls.after(refused) == []
        assert len(await there.issues(connection)) == 400
