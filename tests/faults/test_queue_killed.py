"""Workers killed with -9 at every point of a job's way: each job is done, and once (Q1)."""

from pathlib import Path

from tests.faults.killing import killing, lives
from tests.faults.mortal_worker import HELD, POINTS
from tests.faults.sync_parts import Stores

SEEDS = (1,)


async def test_no_job_is_lost_and_none_done_twice(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """At every point once: all jobs succeed, all is stored and counted once, nothing is left."""
    async with killing(
        sync_stores.mongo_url, sync_stores.queue_url, mongo_database, tmp_path
    ) as place:
        these = lives([point for point in POINTS if point not in HELD], SEEDS)
        died = [point async for point, _ in place.go_through(these)]
        await place.come_to_rest()
        assert await place.faults() == []
    assert set(died) == POINTS.keys() - set(HELD)
