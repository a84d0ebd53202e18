"""Workers that die at moments nobody arranged for, seen through the API."""

from pathlib import Path

from tests.faults.accounting import assert_complete
from tests.faults.sync_parts import Stores
from tests.faults.sync_product import Job, product
from twin.faults import Fault
from twin.serving import running

BULKFETCH = "/rest/api/3/issue/bulkfetch"
CHANGELOG = "/rest/api/3/changelog/bulkfetch"
STATUSES = "/rest/api/3/status"
ISSUES = 1520
DEATHS = 3  # ADR 0003


async def test_two_kills_lose_and_double_nothing(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """Killed with -9 in the middle of a page, and again between or in pages, as it happens."""
    async with product(sync_stores, database=mongo_database, folder=tmp_path) as there:
        there.twin.site.faults.add(Fault(path=BULKFETCH, after=4, delay_ms=60_000))
        connection = await there.connect()
        job = await there.start(connection)
        first = there.worker()
        await there.until_hanging()
        first.kill()
        assert (await there.job(job)).progress.issues_done == 400
        there.twin.site.faults.add(Fault(path=CHANGELOG, delay_ms=80, times=1000))
        second = there.worker()
        await there.until_done(job, 800)
        second.kill()
        assert (await there.job(job)).state == Job.RUNNING
        there.worker()
        done = await there.succeeded(job)
        assert (done.mode, done.progress.issues_done) == (Job.FULL, ISSUES)
        await assert_complete(there, connection)
        # Of sixteen pages, only one that a kill cut off is read again.
        assert there.calls.counted["POST", BULKFETCH, "200"] <= 17


async def test_a_job_that_kills_workers_holds_up_nobody_else(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """Three workers die of it and it ends FAILED; another connection is synced in between."""
    async with (
        running() as healthy,
        product(
            sync_stores, database=mongo_database, folder=tmp_path, more_sites=(healthy.origin,)
        ) as there,
    ):
        poison = await there.start(await there.connect("poisoned"))
        other = await there.connect("healthy", site_url=healthy.origin)
        for death in range(DEATHS):
            there.twin.site.faults.add(Fault(path=STATUSES, delay_ms=60_000))
            worker = there.worker()
            await there.until_hanging()
            if death == 1:
                await there.succeeded(await there.start(other))
            assert (await there.job(poison)).state == Job.RUNNING
            worker.kill()
        there.worker()
        failed = await there.until(poison, Job.FAILED, Job.SUCCEEDED)
        assert (failed.state, failed.error.reason) == (Job.FAILED, "INTERNAL")
        assert len(await there.issues(other)) == ISSUES
        await there.succeeded(await there.start(other))
