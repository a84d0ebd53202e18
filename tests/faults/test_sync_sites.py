"""Sites that limit, refuse, break off and change: what a job does, and what it does not."""

import asyncio

from services.chassis.clock import system_clock
from services.kernel.sync_job import JobState, Mode
from services.sync.collecting import OVERLAP_MILLISECONDS
from tests.faults.sync_parts import Place
from tests.faults.sync_truth import assert_all_stored
from twin.editing import Edit, apply
from twin.faults import Fault

BULKFETCH = "/rest/api/3/issue/bulkfetch"
CHANGELOG = "/rest/api/3/changelog/bulkfetch"


async def test_a_limit_is_waited_for_and_costs_no_attempt(sync_place: Place) -> None:
    """429 with Retry-After: WAITING, with the time; nothing is asked before it; then it goes on."""
    sync_place.twin.site.faults.add(Fault(status=429, path=BULKFETCH, after=3, retry_after=3))
    connection = await sync_place.connect()
    job = await sync_place.start(connection)
    sync_place.worker()
    began = system_clock()
    waiting = await sync_place.until_state(job, JobState.WAITING)
    assert waiting.waiting_until is not None
    assert waiting.waiting_until >= began + 3000
    calls = sync_place.twin.site.calls.counted.copy()
    # Asking again while it waits changes nothing: it is the same job, and it goes on waiting.
    assert (await sync_place.start(connection)).job_id == job.job_id
    await asyncio.sleep((waiting.waiting_until - system_clock()) / 1000 - 0.3)
    assert sync_place.twin.site.calls.counted == calls
    assert calls["POST", BULKFETCH, "200"] == 3
    await sync_place.finished(job)
    await assert_all_stored(sync_place, connection)
    assert sync_place.twin.site.calls.counted["POST", BULKFETCH, "429"] == 1


async def test_a_limit_spends_no_attempt_in_the_queue(sync_place: Place) -> None:
    """While it waits, the queue counts neither an attempt nor a stall."""
    sync_place.twin.site.faults.add(Fault(status=429, path=BULKFETCH, retry_after=600))
    job = await sync_place.start(await sync_place.connect())
    sync_place.worker()
    await sync_place.until_state(job, JobState.WAITING)

    async def delayed() -> bool:
        return await sync_place.redis.zcard("bull:sync:delayed") == 1

    assert await sync_place.until_there(delayed)
    queued = await sync_place.queue_job()
    assert (queued.get("atm", "0"), queued.get("stc", "0")) == ("0", "0")


async def test_a_waiting_job_that_is_taken_too_early_goes_on_waiting(sync_place: Place) -> None:
    """Where the queue lost the delay, the database still knows until when nothing may be asked."""
    sync_place.twin.site.faults.add(Fault(status=429, path=BULKFETCH, retry_after=4))
    connection = await sync_place.connect()
    job = await sync_place.start(connection)
    sync_place.worker()
    waiting = await sync_place.until_state(job, JobState.WAITING)
    await sync_place.redis.flushdb()
    await sync_place.start(connection)
    assert waiting.waiting_until is not None
    await sync_place.until_state(job, JobState.RUNNING, JobState.SUCCEEDED)
    assert system_clock() >= waiting.waiting_until
    await sync_place.finished(job)


async def test_a_limit_in_the_sweep(sync_place: Place) -> None:
    """A sweep that is limited is begun again when it may be."""
    fault = Fault(status=429, path="/rest/api/3/search/jql", retry_after=1)
    sync_place.twin.site.faults.add(fault)
    connection = await sync_place.connect()
    job = await sync_place.start(connection)
    sync_place.worker()
    await sync_place.finished(job)
    await assert_all_stored(sync_place, connection)


async def test_a_site_that_falters_is_asked_again(sync_place: Place) -> None:
    """500, 503 without a time, answers that break off: all tried again; every issue arrives."""
    for fault in (
        Fault(status=503, path="/rest/api/3/status"),
        Fault(cut=True, path=CHANGELOG, after=2),
        Fault(status=500, path=BULKFETCH, after=5),
        Fault(status=503, path=BULKFETCH, after=3, retry_after=1),
    ):
        sync_place.twin.site.faults.add(fault)
    connection = await sync_place.connect()
    job = await sync_place.start(connection)
    sync_place.worker()
    await sync_place.finished(job)
    assert sync_place.twin.site.faults.left() == []
    await assert_all_stored(sync_place, connection)


async def test_a_refused_credential_is_tried_once(sync_place: Place) -> None:
    """401: the job fails, the connection needs credentials, and exactly one call was refused."""
    connection = await sync_place.connect()
    sync_place.twin.site.token = "another-token"
    job = await sync_place.start(connection)
    sync_place.worker()
    failed = await sync_place.until_state(job, JobState.FAILED, JobState.SUCCEEDED)
    assert failed.failure is not None
    assert failed.failure.reason == "CONNECTION_NEEDS_CREDENTIALS"
    assert (await sync_place.state(connection))["standing"] == "NEEDS_CREDENTIALS"
    refused = [
        amount
        for (_, _, status), amount in sync_place.twin.site.calls.counted.items()
        if status == "401"
    ]
    assert refused == [1]


async def test_a_delta_brings_what_changed_and_no_more(sync_place: Place) -> None:
    """An edit after the FULL arrives with the next sync; the cursor is our clock, less 10 min.

    And less what the site's clock may be behind: its answers name whole seconds, and took a while.
    """
    connection = await sync_place.connect()
    sync_place.worker()
    began = system_clock()
    full = await sync_place.finished(await sync_place.start(connection))
    ended = system_clock()
    [first, second] = list(sync_place.twin.world.records)[:2]
    apply(sync_place.twin.world, first, Edit(status="6"))
    apply(sync_place.twin.world, second, Edit(assignee="person-0001"))
    before = sync_place.twin.site.calls.counted.copy()
    seq = (await sync_place.state(connection))["seq"]
    delta = await sync_place.finished(await sync_place.start(connection))
    assert (full.mode, delta.mode, delta.issues_total) == (Mode.FULL, Mode.DELTA, 2)
    assert delta.since is not None
    late = 1000 + ended - began
    assert began - late - OVERLAP_MILLISECONDS <= delta.since <= ended - OVERLAP_MILLISECONDS
    await assert_all_stored(sync_place, connection)
    counted = sync_place.twin.site.calls.counted
    assert counted["POST", BULKFETCH, "200"] - before["POST", BULKFETCH, "200"] == 1
    stored = await sync_place.stored(connection)
    assert {key for key, document in stored.items() if document["seq"] > seq} == {first, second}
