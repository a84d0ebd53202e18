"""Workers killed with -9 at every point of a job's way: each job is done, and once (Q1)."""

from collections import Counter
from pathlib import Path

from tests.faults.deaths import lives
from tests.faults.killing import killing
from tests.faults.mortal_worker import POINTS
from tests.faults.sync_parts import Stores

SEEDS = (1,)


async def test_no_job_is_lost_and_none_done_twice(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> None:
    """A death at every point, noted there: all jobs succeed, all is stored and counted once."""
    async with killing(
        sync_stores.mongo_url, sync_stores.queue_url, mongo_database, tmp_path
    ) as place:
        died = Counter([point async for point, _ in place.go_through(lives(tuple(POINTS), SEEDS))])
        await place.come_to_rest()
        assert await place.faults() == []
    assert died == dict.fromkeys(POINTS, len(SEEDS))
