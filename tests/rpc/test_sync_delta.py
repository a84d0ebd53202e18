"""A DELTA writes what changed at the site, and leaves everything else as it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.documents import CONNECTION_STATES, ISSUES
from services.kernel.ids import ConnectionId, JobId
from services.kernel.sync_job import Mode
from services.sync.domain.wanted import Wanted
from services.sync.store.connections import ConnectionStore
from services.sync.store.jobs import JobStore
from tests.contract.twin_calls import BULK, few, signed_in
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service, until
from twin.faults import Fault

__all__ = ["sync_stores"]

IN_PROGRESS = "3"


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def synced(api: Sync, **asked: Any) -> pb.SyncJob:
    """Sync to the end, which must be a good one."""
    last = (await api.watched(await api.start(**asked)))[-1]
    assert last.state == pb.SyncJob.SUCCEEDED, last
    return last


async def issues(api: Sync) -> dict[str, dict[str, Any]]:
    """Give every stored issue, whole."""
    found = await api.database[ISSUES].find({}).to_list()
    return {document["issue_id"]: document for document in found}


async def state(api: Sync) -> dict[str, Any]:
    found = await api.database[CONNECTION_STATES].find_one({})
    assert found is not None
    return found


async def edit(api: Sync, issue_id: str, **change: Any) -> dict[str, Any]:
    """Change an issue at the site as a person would."""
    async with signed_in(api.twin) as jira:
        answer = await jira.post(f"/_twin/issues/{issue_id}", json=change)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told


async def test_exactly_what_was_edited_is_written(api: Sync) -> None:
    """Two of all issues are edited: these two are rewritten, with the changes, and no other is.

    The revision rises, so that readers look again; the counts stay.
    """
    await api.connect()
    async with api.working():
        await synced(api)
        before, state_before = await issues(api), await state(api)
        moved, given = sorted(before)[:2]
        assert before[moved]["status_id"] != IN_PROGRESS
        edits = [
            await edit(api, moved, status=IN_PROGRESS),
            await edit(api, given, assignee="somebody"),
        ]
        delta = await synced(api)
    assert (delta.mode, delta.progress.issues_done) == (pb.SyncJob.DELTA, 2)
    after, state_after = await issues(api), await state(api)
    rewritten = {issue_id for issue_id in after if after[issue_id] != before.get(issue_id)}
    assert rewritten == {moved, given}
    assert after.keys() == before.keys()
    for issue_id, told in zip((moved, given), edits, strict=True):
        now, then = after[issue_id], before[issue_id]
        assert now["seq"] > state_before["seq"] >= then["seq"]
        assert now["hash"] != then["hash"]
        assert now["updated"] == told["updated_ms"]
        assert now["changes"]["history"] == [*then["changes"]["history"], int(told["history_id"])]
    assert after[moved]["status_id"] == IN_PROGRESS
    assert after[moved]["changes"]["to"][-1] == IN_PROGRESS
    assert after[moved]["changes"]["from"][-1] == before[moved]["status_id"]
    assert after[given]["assignee_id"] is not None
    assert state_after["revision"] > state_before["revision"]
    assert state_after["complete_until"] >= state_before["complete_until"]
    assert state_after["issue_count"] == state_after["expected_issue_count"] == len(before)


async def test_a_delta_with_nothing_new_costs_one_call(api: Sync) -> None:
    """What the last DELTA has seen is listed again, for the overlap; nothing is read or written.

    No reader looks again either: what was answered holds, and is complete until later.
    """
    made = await api.connect()
    async with api.working():
        await synced(api)
        await edit(api, min(await issues(api)), status=IN_PROGRESS)
        await synced(api)
        before, state_before = await issues(api), await state(api)
        api.twin.site.calls.counted.clear()
        again = await synced(api)
    assert (again.mode, again.progress.issues_total) == (pb.SyncJob.DELTA, 0)
    assert list(api.twin.site.calls.counted.items()) == [
        (("POST", "/rest/api/3/search/jql", "200"), 1)
    ]
    assert await issues(api) == before
    state_after = await state(api)
    assert state_after["revision"] == state_before["revision"]
    assert state_after["complete_until"] > state_before["complete_until"]
    shown = await api.ask(pb.ListSyncJobsRequest(connection_id=made.id))
    assert [job.mode for job in shown.jobs] == [pb.SyncJob.DELTA, pb.SyncJob.DELTA, pb.SyncJob.FULL]


async def test_a_full_with_nothing_new_writes_no_issue(api: Sync) -> None:
    """A FULL asks for everything again; an issue of the same content is not written again."""
    await api.connect()
    async with api.working():
        await synced(api)
        before = await issues(api)
        again = await synced(api, mode=pb.SyncJob.FULL)
    assert again.progress.issues_done == again.progress.issues_total == len(before)
    assert await issues(api) == before


async def test_a_full_finds_what_was_deleted(api: Sync) -> None:
    """An issue that was deleted at the site is marked so, and counts no more."""
    await api.connect()
    async with api.working():
        await synced(api)
        before = await issues(api)
        gone = min(before)
        async with signed_in(api.twin) as jira:
            assert (await jira.post(f"/_twin/issues/{gone}", json={"delete": True})).is_success
        await synced(api)
        assert (await issues(api))[gone]["deleted"] is None, "no DELTA can tell"
        await synced(api, mode=pb.SyncJob.FULL)
    after, now = await issues(api), await state(api)
    assert {key for key, one in after.items() if one["deleted"] is not None} == {gone}
    assert now["issue_count"] == now["expected_issue_count"] == len(before) - 1


async def test_a_census_that_waits_is_no_reason_to_wait_for_it(api: Sync) -> None:
    """A DELTA asked for meanwhile comes after it; a FULL then is asked of the one that waits."""
    made = await api.connect()
    async with api.working():
        await synced(api)
    jobs = JobStore(api.database)
    connection = await ConnectionStore(api.database).get(ConnectionId(made.id))
    assert connection is not None
    census = await jobs.start(connection, Wanted(Mode.CENSUS), JobId("job_census"), 1)
    delta = await api.start()
    assert (census.mode, delta.mode) == (Mode.CENSUS, pb.SyncJob.DELTA)
    full = await api.start(mode=pb.SyncJob.FULL)
    assert (full.id, full.mode) == (delta.id, pb.SyncJob.FULL)
    assert (await api.start()).id == full.id
    async with api.working():
        jobs_seen = await api.watched(full)
    assert jobs_seen[-1].state == pb.SyncJob.SUCCEEDED
    shown = await api.ask(pb.ListSyncJobsRequest())
    assert {job.mode for job in shown.jobs} == {pb.SyncJob.FULL, pb.SyncJob.CENSUS}


async def test_an_edit_while_a_sync_runs_is_not_lost(api: Sync) -> None:
    """An issue that is edited after its page was stored is found by the next DELTA."""
    await api.connect()
    # The first page is read at once; while the second waits, what was stored is edited.
    api.twin.site.faults.add(Fault(path=BULK, after=1, delay_ms=700))
    async with api.working():
        job = await api.start()
        await until(lambda: not api.twin.site.faults.left())
        [stored, *_] = await issues(api)
        await edit(api, stored, status=IN_PROGRESS)
        assert (await api.watched(job))[-1].state == pb.SyncJob.SUCCEEDED
        assert (await issues(api))[stored]["status_id"] != IN_PROGRESS
        await synced(api)
    assert (await issues(api))[stored]["status_id"] == IN_PROGRESS
