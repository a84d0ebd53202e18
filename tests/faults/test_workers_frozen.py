"""A worker that was taken for dead and comes back, and a site that falls behind itself."""

import asyncio
from pathlib import Path

from tests.faults.accounting import assert_complete
from tests.faults.sync_parts import Stores
from tests.faults.sync_product import Job, Product, product
from tests.faults.waiting import until_true
from twin.editing import Edit, apply
from twin.faults import Fault

BULKFETCH = "/rest/api/3/issue/bulkfetch"
PAGES_BEFORE = 6
ANY_STATUS = "6"
# Within milliseconds of waking it tries to write what it holds.
SETTLED_SECONDS = 2.0


def edit_one_that_is_held(there: Product) -> None:
    """Change the status of an issue on the page that the frozen worker has been given."""
    by_age = sorted(there.twin.world.records.values(), key=lambda record: record.created_ms)
    held = by_age[PAGES_BEFORE * 100 + 50].id
    apply(there.twin.world, held, Edit(status=ANY_STATUS))


async def test_a_thawed_worker_changes_nothing_and_is_fit_for_the_next_job(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """It holds an older version of an issue than another worker stored, for a job that is done.

    No document moves, the job's and the connection's state included; the next job it does well.
    """
    async with product(sync_stores, database=mongo_database, folder=tmp_path) as there:
        there.twin.site.faults.add(Fault(path=BULKFETCH, after=PAGES_BEFORE, delay_ms=1000))
        connection = await there.connect()
        job = await there.start(connection)
        zombie = there.worker()
        await there.until_hanging()
        zombie.freeze()
        answered = ("POST", BULKFETCH, "200")
        await until_true(
            lambda: there.calls.counted[answered] == PAGES_BEFORE + 1, lambda: there.said
        )
        edit_one_that_is_held(there)
        second = there.worker()
        await there.succeeded(job)
        assert await second.stop() == 0

        async def everything() -> object:
            return (
                await there.issues(connection),
                await there.document("connection_states", connection),
                await there.document("jobs", job.id),
            )

        before = await everything()
        zombie.thaw()
        await asyncio.sleep(SETTLED_SECONDS)
        assert await everything() == before
        await assert_complete(there, connection)
        assert zombie.alive
        following = await there.succeeded(await there.start(connection, Job.FULL))
        assert following.id != job.id
        await assert_complete(there, connection)
        assert await zombie.stop() == 0


async def test_an_older_answer_takes_nothing_back(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """A site that answers from a copy behind itself undoes no change that is stored."""
    async with product(sync_stores, database=mongo_database, folder=tmp_path) as there:
        world = there.twin.world
        issue_id = next(iter(world.records))
        older = world.issue(issue_id)
        newer = apply(world, issue_id, Edit(status=ANY_STATUS))
        assert newer is not None
        connection = await there.connect()
        there.worker()
        await there.succeeded(await there.start(connection))
        world.put(older)
        await there.succeeded(await there.start(connection, Job.FULL))
        world.put(newer)
        await assert_complete(there, connection)
