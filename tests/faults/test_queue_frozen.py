"""A worker that was frozen says it has done a job that is another's by now: it is not heard (Q2).

That it writes nothing to the database either is in test_workers_frozen.
"""

import signal
from pathlib import Path

from services.sync.domain.lanes import Lane
from tests.faults.nursery import nursery
from tests.faults.queue_hand import read, work
from tests.faults.queue_parts import Line, connections
from tests.faults.waiting import until, until_true

LOCK = 1500  # milliseconds: a death is noticed sooner
[ONE] = connections(1)


async def test_what_a_thawed_worker_says_of_a_job_counts_not(
    queue_line: Line, tmp_path: Path
) -> None:
    """SIGSTOP for longer than its lock, SIGCONT while another is at it: that one keeps the job."""
    notes = tmp_path / "notes"

    def noted(what: str, pid: int) -> bool:
        return any((each["what"], each["pid"]) == (what, pid) for each in read(notes))

    await queue_line.jobs.put(ONE, Lane.DELTA)
    with nursery(tmp_path / "log") as bearing:
        shared = {"url": queue_line.url, "notes": str(notes), "lock_ms": LOCK}
        zombie = bearing.bear(work, lasts_seconds=5, **shared)
        await until_true(lambda: noted("begun", zombie.pid), lambda: bearing.said)
        zombie.send(signal.SIGSTOP)
        assert not noted("done", zombie.pid), "it was done before it was frozen"
        other = bearing.bear(work, **shared)
        await until_true(lambda: noted("begun", other.pid), lambda: bearing.said)
        owner = await queue_line.redis.get(await queue_line.key(ONE) + ":lock")
        zombie.send(signal.SIGCONT)
        await until_true(lambda: noted("done", zombie.pid), lambda: bearing.said)

        async def refused() -> bool:
            return "Lock mismatch" in bearing.said or "is not in the active state" in bearing.said

        await until(refused, lambda: bearing.said)
        assert await queue_line.counts() == {"active": 1}
        assert await queue_line.redis.get(await queue_line.key(ONE) + ":lock") == owner
