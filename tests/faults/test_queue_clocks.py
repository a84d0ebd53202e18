"""Workers whose clocks are an hour fast and slow: nothing is early, nothing is lost (Q11)."""

import time
from pathlib import Path

from services.kernel.sync_job import JobState
from services.sync.domain.lanes import Lane
from tests.faults.clocks import OFF_SECONDS, worker_with_clock
from tests.faults.nursery import nursery
from tests.faults.queue_hand import read, work
from tests.faults.queue_parts import Line, connections
from tests.faults.small_site import FEW, connected
from tests.faults.sync_parts import Place
from tests.faults.sync_product import TimedCalls
from twin.faults import Fault

JOBS, PATIENCE_MS = 6, 2500
BULKFETCH = "/rest/api/3/issue/bulkfetch"
RETRY_AFTER = 3  # seconds
# The queue's time is known as exactly as the way to its server is short; here it may be busy.
DOUBT_MS = 1000


async def test_what_is_put_back_comes_at_its_time(queue_line: Line, tmp_path: Path) -> None:
    """Put back by a fast worker or a slow one, taken again by either: never before, and each."""
    notes = tmp_path / "notes"
    for each in connections(JOBS):
        await queue_line.jobs.put(each, Lane.DELTA)
    with nursery(tmp_path / "log") as bearing:
        for fast_by in (OFF_SECONDS, -OFF_SECONDS):
            bearing.bear(
                work,
                url=queue_line.url,
                notes=str(notes),
                fast_by=fast_by,
                concurrency=JOBS // 2,
                lasts_seconds=0.01,
                put_back_ms=PATIENCE_MS,
            )
        await queue_line.until_counts()
        noted = read(notes)
    assert len({each["pid"] for each in noted if each["what"] == "put back"}) == 2
    for connection_id in connections(JOBS):
        own = [each for each in noted if each.get("connection") == connection_id]
        begun = [each["at"] for each in own if each["what"] == "begun"]
        # One that the other worker meets first is put back by that one as well.
        waits = [each["until"] for each in own if each["what"] == "put back"]
        assert len(begun) == len(waits) + 1
        assert all(at >= until - DOUBT_MS for at, until in zip(begun[1:], waits, strict=True)), own
        assert own[-1]["what"] == "done"


async def test_a_site_is_not_asked_before_it_said(sync_place: Place) -> None:
    """429 met by a worker an hour fast, with one an hour slow beside it: both leave it alone."""
    there, calls = sync_place, TimedCalls()
    there.twin.site.calls = calls
    there.twin.site.faults.add(Fault(status=429, path=BULKFETCH, retry_after=RETRY_AFTER))
    connection = await connected(there)
    job = await there.start(connection)
    with worker_with_clock(there, OFF_SECONDS), worker_with_clock(there, -OFF_SECONDS):
        waiting = await there.until_state(job, JobState.WAITING)
        [limited] = [at for at, status in calls.answered if status == "429"]
        assert waiting.waiting_until is not None
        assert abs(waiting.waiting_until / 1000 - limited - RETRY_AFTER) < OFF_SECONDS / 2
        await there.finished(job)
    after = [at for at, _ in calls.after(limited)]
    assert min(after) >= limited + RETRY_AFTER - DOUBT_MS / 1000
    assert max(after) < time.time()
    assert len(await there.stored(connection)) == FEW
