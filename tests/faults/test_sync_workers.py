"""Workers that are killed, stopped or frozen in the middle of a sync lose and double nothing."""

import asyncio

from services.kernel.sync_job import JobState, Mode
from tests.faults.sync_parts import Place
from tests.faults.sync_truth import assert_all_stored
from tests.faults.waiting import until_true
from twin.faults import Fault

BULKFETCH = "/rest/api/3/issue/bulkfetch"
SEARCH = "/rest/api/3/search/jql"
ISSUES = 1520


def slow(path: str, *, after: int, delay_ms: int = 60_000, times: int = 1) -> Fault:
    """Make one answer take a minute, so that a worker is caught while it waits for it."""
    return Fault(path=path, after=after, delay_ms=delay_ms, times=times)


async def hanging(there: Place) -> None:
    """Wait until a call hangs in the only fault there is."""
    await until_true(lambda: not there.twin.site.faults.left(), lambda: there.said)


async def test_a_sync_stores_all_issues_with_all_their_changes(sync_place: Place) -> None:
    """1,520 issues, every status change, the revision raised on the way, only documented calls."""
    sync_place.worker()
    connection = await sync_place.connect()
    done = await sync_place.finished(await sync_place.start(connection))
    assert (done.mode, done.issues_done, done.issues_total) == (Mode.FULL, ISSUES, ISSUES)
    await assert_all_stored(sync_place, connection)
    state = await sync_place.state(connection)
    # After 5, 10 and 15 of 16 pages, with the people whom they name, and at the end.
    assert state["revision"] == 5
    assert state["standing"] == "ACTIVE"
    counted = sync_place.twin.site.calls.counted
    assert counted["POST", BULKFETCH, "200"] == 16
    assert counted["POST", SEARCH, "200"] == 1


async def test_a_worker_killed_while_it_sweeps_sweeps_again(sync_place: Place) -> None:
    """What an unfinished sweep listed is dropped: no issue is listed twice."""
    sync_place.twin.site.faults.add(slow(SEARCH, after=0))
    connection = await sync_place.connect()
    job = await sync_place.start(connection)
    worker = sync_place.worker()
    await hanging(sync_place)
    worker.kill()
    sync_place.worker()
    assert (await sync_place.finished(job)).issues_total == ISSUES
    await assert_all_stored(sync_place, connection)


async def test_sigterm_hands_the_job_back_at_once(sync_place: Place) -> None:
    """Told to stop while the site is silent: it exits with 0 within seconds; no attempt is spent.

    Another worker goes on with the first page that is not done.
    """
    sync_place.twin.site.faults.add(slow(BULKFETCH, after=5))
    connection = await sync_place.connect()
    job = await sync_place.start(connection)
    worker = sync_place.worker()
    await hanging(sync_place)
    async with asyncio.timeout(6):
        assert await worker.stop() == 0
    handed_back = await sync_place.job(job)
    assert (handed_back.state, handed_back.issues_done) == (JobState.QUEUED, 500)
    queued = await sync_place.queue_job()
    assert queued.get("atm", "0") == "0"
    assert queued.get("stc", "0") == "0"
    sync_place.worker()
    await sync_place.finished(job)
    await assert_all_stored(sync_place, connection)


async def test_an_idle_worker_stops_within_seconds(sync_place: Place) -> None:
    """SIGTERM with nothing to do: exit code 0."""
    worker = sync_place.worker()
    await until_true(lambda: "readiness changed" in sync_place.said, lambda: sync_place.said)
    async with asyncio.timeout(6):
        assert await worker.stop() == 0


async def test_a_queued_job_that_no_queue_holds_is_found(sync_place: Place) -> None:
    """A job whose entry in the queue was lost is put there by the sweep of forsaken jobs."""
    connection = await sync_place.connect()
    job = await sync_place.start(connection)
    await sync_place.redis.flushdb()
    sync_place.worker()
    await sync_place.finished(job)
    await assert_all_stored(sync_place, connection)
