"""How complete what is stored of a site is, and what of it is held or set aside."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from tests.contract.twin_calls import few, signed_in
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service

__all__ = ["sync_stores"]


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def synced(api: Sync, **asked: Any) -> pb.SyncJob:
    """Sync to the end, which must be a good one."""
    async with api.working():
        last = (await api.watched(await api.start(**asked)))[-1]
    assert last.state == pb.SyncJob.SUCCEEDED, last
    return last


async def deleted(api: Sync, issue_ids: list[str]) -> None:
    """Delete issues at the site."""
    async with signed_in(api.twin) as jira:
        for issue_id in issue_ids:
            answer = await jira.post(f"/_twin/issues/{issue_id}", json={"delete": True})
            assert answer.is_success, answer.text


async def test_before_anything_was_listed(api: Sync) -> None:
    """Nothing is known: nothing is said, and no zero is shown for it."""
    made = await api.connect()
    said = await api.ask(pb.GetCompletenessRequest())
    assert said == pb.Completeness(connection_id=made.id)
    assert not said.HasField("expected_issue_count")


async def test_a_site_that_is_stored_whole(api: Sync) -> None:
    """Every issue and every changelog entry of each project, up to when."""
    made = await api.connect()
    job = await synced(api)
    said = await api.ask(pb.GetCompletenessRequest(connection_id=made.name))
    there = list(api.twin.world.issues())
    assert said.issue_count == said.expected_issue_count == len(there)
    assert {(one.key, one.issue_count, one.changelog_entry_count) for one in said.projects} == {
        (
            key,
            len([one for one in there if one.fields["project"]["key"] == key]),
            sum(len(one.entries) for one in there if one.fields["project"]["key"] == key),
        )
        for key in ("CB", "CLIMATE")
    }
    assert said.complete_until_time.ToMilliseconds() < job.start_time.ToMilliseconds()
    assert said.count_time.ToMilliseconds() <= job.end_time.ToMilliseconds()
    assert (said.held_count, said.quarantined_count, list(said.quarantined)) == (0, 0, [])


async def test_a_project_that_is_shown_no_more(api: Sync) -> None:
    """Its issues stay, and are said to be held, until somebody says that they were deleted."""
    await api.connect()
    await synced(api)
    gone = [one.id for one in api.twin.world.records.values() if one.project.key == "CB"]
    await deleted(api, gone)
    await synced(api, mode=pb.SyncJob.FULL)
    said = await api.ask(pb.GetCompletenessRequest())
    [held] = [one for one in said.projects if one.held_count]
    assert (held.key, held.issue_count, held.held_count) == ("CB", len(gone), len(gone))
    assert held.HasField("hold_time")
    assert said.held_count == len(gone)
    assert said.issue_count == said.expected_issue_count
    await synced(api, mode=pb.SyncJob.FULL, believe_vanished=True)
    said = await api.ask(pb.GetCompletenessRequest())
    assert (said.held_count, said.issue_count) == (0, said.expected_issue_count)


async def test_another_workspaces_connection(api: Sync) -> None:
    """It is as one that is not there."""
    made = await api.connect()
    for reference in (made.id, "con_none"):
        async with refused("NOT_FOUND"):
            await api.ask(pb.GetCompletenessRequest(connection_id=reference), "wsp_2")
