"""What of a site is collected: tried there first, and changed with all that follows from it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from services.kernel.documents import ISSUES
from tests.contract.twin_calls import few
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service, until
from twin.editing import Edit, apply
from twin.faults import Fault

__all__ = ["sync_stores"]
Scope, Job = connection_pb2.Scope, sync_pb2.SyncJob
CB, CLIMATE = Scope(projects=["CB"]), Scope(projects=["CLIMATE"])


@pytest.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def synced(api: Sync) -> Any:
    """Sync to the end, which must be a good one."""
    async with api.working():
        last = (await api.watched(await api.start()))[-1]
    assert last.state == Job.SUCCEEDED, last
    return last


async def rescoped(api: Sync, scope: Any) -> Any:
    """Have something else collected."""
    update = connection_pb2.UpdateConnectionRequest
    return await api.ask(update(connection_id="site", scope=scope))


async def collected(api: Sync) -> set[str]:
    """Give the ids of issues that are stored and there."""
    found = await api.database[ISSUES].find({"deleted": None}, {"issue_id": 1}).to_list()
    return {document["issue_id"] for document in found}


def of(api: Sync, *projects: str) -> set[str]:
    """Give the ids of a project's issues at the site."""
    there = api.twin.world.records.values()
    return {record.id for record in there if record.project.key in projects}


async def test_a_restriction_in_jql(api: Sync) -> None:
    """Only what it matches is collected, and it is shown as it was written."""
    numbers = sorted(int(each) for each in of(api, "CB"))[:5]
    jql = f"id in ({', '.join(map(str, numbers))})"
    made = await api.connect("site", scope=Scope(jql=jql))
    assert made.scope.jql == jql
    await synced(api)
    assert await collected(api) == {str(number) for number in numbers}
    assert (
        await api.ask(connection_pb2.GetConnectionRequest(connection_id="site"))
    ).scope.jql == jql


async def test_what_leaves_a_restriction(api: Sync) -> None:
    """The next DELTA notices it, and what comes in; one of nothing new costs one list more."""
    made = await api.connect("site", scope=Scope(jql="statusCategory != Done"))
    await synced(api)
    before = await collected(api)
    leaving, coming = min(before), min({*api.twin.world.records} - before)
    statuses = api.twin.world.catalogue
    done = next(one for one in statuses.statuses if statuses.category(one) == "done")
    to_do = next(one for one in statuses.statuses if statuses.category(one) == "new")
    apply(api.twin.world, leaving, Edit(status=done))
    apply(api.twin.world, coming, Edit(status=to_do))
    assert (await synced(api)).mode == Job.DELTA
    assert await collected(api) == before - {leaving} | {coming}
    api.twin.site.calls.counted.clear()
    await synced(api)
    [(call, times)] = api.twin.site.calls.counted.items()
    assert (call, times) == (("POST", "/rest/api/3/search/jql", "200"), 2)
    said = await api.ask(sync_pb2.GetCompletenessRequest(connection_id=made.id))
    assert said.issue_count == len(before)


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        (Scope(jql="nonsense ~~ 1"), "scope.jql"),
        (Scope(projects=["NOSUCH"]), "scope.projects"),
    ],
)
async def test_what_the_site_cannot_search_by_is_refused(api: Sync, scope: Any, field: str) -> None:
    """When a connection is made, and when it is changed: then it stays as it is."""
    async with refused("INVALID_FIELD") as seen:
        await api.connect("site", scope=scope)
    assert seen[0].metadata == {"field": field}
    made = await api.connect("site", scope=CB)
    async with refused("INVALID_FIELD") as seen:
        await rescoped(api, scope)
    assert seen[0].metadata == {"field": field}
    assert await api.ask(connection_pb2.GetConnectionRequest(connection_id="site")) == made


async def test_another_scope(api: Sync) -> None:
    """The next sync is a FULL, whatever is asked: it collects what came in, and drops what left.

    Until it is done nothing is said to be complete.
    """
    await api.connect("site", scope=CB)
    await synced(api)
    await rescoped(api, CLIMATE)
    said = await api.ask(sync_pb2.GetCompletenessRequest())
    assert not said.HasField("complete_until_time")
    assert (await synced(api)).mode == Job.FULL
    assert await collected(api) == of(api, "CLIMATE")
    said = await api.ask(sync_pb2.GetCompletenessRequest())
    assert said.HasField("complete_until_time")
    assert (said.issue_count, said.held_count) == (len(of(api, "CLIMATE")), 0)
    await rescoped(api, Scope())
    await synced(api)
    assert await collected(api) == of(api, "CB", "CLIMATE")


async def test_a_scope_that_changes_under_a_sync(api: Sync) -> None:
    """The sync begins again with what is asked for now; nothing of the former remains."""
    await api.connect("site", scope=CB)
    api.twin.site.faults.add(Fault(path="/rest/api/3/issue/bulkfetch", after=1, delay_ms=1500))
    async with api.working():
        job = await api.start()
        await until(lambda: not api.twin.site.faults.left())
        await rescoped(api, CLIMATE)
        last = (await api.watched(job))[-1]
    assert (last.state, last.mode) == (Job.SUCCEEDED, Job.FULL)
    assert last.progress.issues_done == last.progress.issues_total == len(of(api, "CLIMATE"))
    assert await collected(api) == of(api, "CLIMATE")


async def test_the_same_scope_changes_nothing(api: Sync) -> None:
    """What is complete stays so."""
    await api.connect("site", scope=CB)
    await synced(api)
    before = await api.ask(sync_pb2.GetCompletenessRequest())
    await rescoped(api, CB)
    assert await api.ask(sync_pb2.GetCompletenessRequest()) == before
    assert (await synced(api)).mode == Job.DELTA


async def test_a_project_of_the_scope_that_is_shown_no_more(api: Sync) -> None:
    """The site refuses to hear its name; the other is collected, and it is said which is not."""
    get = sync_pb2.GetCompletenessRequest()
    await api.connect("site", scope=Scope(projects=["CB", "CLIMATE"]))
    await synced(api)
    both, whole = await collected(api), await api.ask(get)
    api.twin.world.hidden |= {api.twin.world.records[next(iter(of(api, "CB")))].project.id}
    await synced(api)
    shown = {one.key: one for one in (await api.ask(get)).projects}
    reason = sync_pb2.Completeness.Project
    assert shown["CB"].hold_reason == reason.NOT_SHOWN
    assert shown["CLIMATE"].hold_reason == reason.HOLD_REASON_UNSPECIFIED
    now = await api.ask(get)
    assert (whole.hidden_project_count, now.hidden_project_count) == (0, 1)
    assert shown["CB"].complete_until_time == whole.complete_until_time
    assert shown["CLIMATE"].complete_until_time == now.complete_until_time
    assert now.complete_until_time.ToNanoseconds() > whole.complete_until_time.ToNanoseconds()
    async with api.working():
        last = (await api.watched(await api.start(mode=Job.FULL)))[-1]
    assert last.state == Job.SUCCEEDED
    assert await collected(api) == both
    assert {one.key: one.held_count for one in (await api.ask(get)).projects} == {
        "CB": len(of(api, "CB")),
        "CLIMATE": 0,
    }
    api.twin.world.hidden.clear()
    assert (await synced(api)).state == Job.SUCCEEDED
    assert not any(one.hold_time.seconds for one in (await api.ask(get)).projects if one.id == "")
    assert (await api.ask(get)).hidden_project_count == 0
