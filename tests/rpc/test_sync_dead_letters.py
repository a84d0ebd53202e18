"""Dead letters over the wire: kept with the end of their job, listed, replayed once, erased."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.ids import ConnectionId
from services.kernel.sync_job import Failure
from services.sync.domain.dead_letter import Death, Reason
from services.sync.store import dead_letters
from services.sync.store.runs import RunStore
from tests.contract.twin_calls import few
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from twin.faults import Fault

__all__ = ["sync_stores"]
NOW = 1_700_000_000_000
Replay = pb.ReplayDeadLettersRequest


@pytest.fixture
async def api(sync_stores: SyncStores, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sync]:
    # Letters of these tests are older than letters are kept.
    monkeypatch.setattr(dead_letters, "KEPT_MILLISECONDS", 10**13)
    async with sync_service(sync_stores, world=few()) as made:
        yield made


async def died(api: Sync, name: str = "", workspace: str = "wsp_1", **how: Any) -> pb.SyncJob:
    """Start a sync, and let it die without a worker; gives the job as it was started."""
    job = await api.start(name, workspace)
    runs = RunStore(api.database)
    claim = await runs.claim(ConnectionId(job.connection_id), NOW)
    assert claim is not None
    said: dict[str, Any] = {"reason": Reason.UNUSABLE, "error": "of no use", "attempts": 1, **how}
    failure = Failure("SITE_ANSWER_UNUSABLE", "of no use")
    await runs.fail(claim, said.pop("now", NOW), failure, Death(**said))
    assert isinstance(job, pb.SyncJob)
    return job


async def listed(api: Sync, workspace: str = "wsp_1", **asked: Any) -> list[pb.DeadLetter]:
    answer = await api.ask(pb.ListDeadLettersRequest(**asked), workspace)
    return list(answer.dead_letters)


async def replayed(api: Sync, *ids: str, workspace: str = "wsp_1", **asked: Any) -> Any:
    request = Replay(dead_letter_ids=ids, **asked)
    return list((await api.ask(request, workspace)).replays)


async def told(api: Sync) -> list[dict[str, Any]]:
    found = api.database["audit_outbox"].find({"action": "dead_letter.replay"})
    return await found.to_list()


async def test_what_a_real_sync_leaves(api: Sync) -> None:
    """A site whose answers are of no use: one letter, which says so; replayed, it is synced."""
    made = await api.connect()
    api.twin.site.faults.add(Fault(status=418, path="/rest/api/3/status"))
    async with api.working():
        failed = (await api.watched(await api.start()))[-1]
        assert failed.state == pb.SyncJob.FAILED
        [letter] = await listed(api)
        assert (letter.connection_id, letter.job_id) == (made.id, failed.id)
        assert (letter.mode, letter.reason) == (pb.SyncJob.FULL, pb.DeadLetter.UNUSABLE)
        assert (letter.attempts, letter.replay_job_id) == (1, "")
        assert letter.create_time == failed.end_time
        assert letter.job_create_time == failed.create_time
        assert api.twin.origin not in letter.error
        [outcome] = await replayed(api, letter.id)
        assert (outcome.dead_letter_id, outcome.started) == (letter.id, True)
        assert (await api.watched(outcome.job))[-1].state == pb.SyncJob.SUCCEEDED
    [after] = await listed(api)
    assert after.replay_job_id == outcome.job.id
    assert after.HasField("replay_time")


async def test_a_letter_is_replayed_once(api: Sync) -> None:
    """Twenty times at once, and again when its job is over: one job, one event that tells of it."""
    await api.connect()
    await died(api)
    [letter] = await listed(api)
    done = await asyncio.gather(*(replayed(api, letter.id) for _ in range(20)))
    assert len({one.job.id for [one] in done}) == 1
    assert [one.started for [one] in done].count(True) == 1
    await api.ask(pb.CancelSyncJobRequest(job_id=done[0][0].job.id))
    [again] = await replayed(api, letter.id)
    assert (again.started, again.job.state) == (False, pb.SyncJob.CANCELLED)
    assert len((await api.ask(pb.ListSyncJobsRequest())).jobs) == 2
    [event] = await told(api)
    assert (event["target_id"], event["actor_id"], event["workspace_id"]) == (
        letter.id,
        "usr_1",
        "wsp_1",
    )


async def test_letters_of_one_connection_are_one_job(api: Sync) -> None:
    """The second letter's replay joins the job of the first, also later."""
    await api.connect()
    await died(api)
    await died(api, now=NOW + 1)
    first, second = await replayed(api, all=True)
    assert (first.started, second.started, first.job.id) == (True, False, second.job.id)
    assert await replayed(api, all=True) == [], "by filter, what was replayed is left alone"
    assert len((await api.ask(pb.ListSyncJobsRequest())).jobs) == 3


async def test_filters_and_pages(api: Sync) -> None:
    """By connection, by reason, the latest first, page after page, each once."""
    a = await api.connect("a")
    await api.connect("b")
    for number in range(3):
        await died(api, "a", now=NOW + number)
    await died(api, "b", now=NOW + 9, reason=Reason.KILLED_WORKERS)
    seen: list[int] = []
    token = ""
    while token or not seen:
        page = await api.ask(pb.ListDeadLettersRequest(page_size=2, page_token=token))
        seen += [one.create_time.ToMilliseconds() - NOW for one in page.dead_letters]
        token = page.next_page_token
    assert seen == [9, 2, 1, 0]
    assert {one.connection_id for one in await listed(api, connection_id="a")} == {a.id}
    [killed] = await listed(api, reason=pb.DeadLetter.KILLED_WORKERS)
    assert killed.create_time.ToMilliseconds() == NOW + 9
    assert await listed(api, connection_id="a", reason=pb.DeadLetter.KILLED_WORKERS) == []
    [only] = await replayed(api, reason=pb.DeadLetter.KILLED_WORKERS)
    assert only.dead_letter_id == killed.id


async def test_another_workspaces_letters(api: Sync) -> None:
    """They are as ones that are not there: not listed, not replayed, not with one's own either."""
    await api.connect()
    await api.connect("theirs", "wsp_2")
    await died(api)
    job = await died(api, workspace="wsp_2")
    [own], [theirs] = await listed(api), await listed(api, "wsp_2")
    assert (own.id != theirs.id, theirs.job_id) == (True, job.id)
    for ids in ([theirs.id], [own.id, theirs.id], ["dlt_none"]):
        async with refused("NOT_FOUND"):
            await replayed(api, *ids)
    assert [one.dead_letter_id for one in await replayed(api, all=True)] == [own.id]
    assert (await listed(api, "wsp_2")) == [theirs]
    assert {one["target_id"] for one in await told(api)} == {own.id}


async def test_what_cannot_be_started_says_why(api: Sync) -> None:
    """A connection that needs a credential; its letter waits until it has one."""
    made = await api.connect()
    await died(api)
    stands = {"$set": {"standing": "NEEDS_CREDENTIALS"}}
    await api.database["connection_states"].update_one({"_id": made.id}, stands)
    [outcome] = await replayed(api, all=True)
    assert outcome.error.reason == "CONNECTION_NEEDS_CREDENTIALS"
    assert not outcome.HasField("job")
    assert await told(api) == []
    token = api.twin.site.token
    update = connections_pb.UpdateConnectionRequest(connection_id=made.id, api_token=token)
    await api.ask(update)
    assert [one.started for one in await replayed(api, all=True)] == [True]


async def test_the_latest_of_a_workspace_are_kept(
    api: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the cap the oldest go; another workspace's do not."""
    monkeypatch.setattr(dead_letters, "MOST_OF_A_WORKSPACE", 2)
    await api.connect()
    await api.connect("theirs", "wsp_2")
    await died(api, workspace="wsp_2")
    for number in range(3):
        await died(api, now=NOW + number)
    kept = [one.create_time.ToMilliseconds() - NOW for one in await listed(api)]
    assert kept == [2, 1]
    assert len(await listed(api, "wsp_2")) == 1


async def test_one_connection_takes_no_others_letters_their_place(
    api: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose every DELTA is refused leaves a letter each time: its own oldest go."""
    monkeypatch.setattr(dead_letters, "MOST_OF_A_CONNECTION", 2)
    for name in ("broken", "other"):
        await api.connect(name)
    await died(api, "other")
    for number in range(1, 4):
        await died(api, "broken", now=NOW + number)
    kept = [one.create_time.ToMilliseconds() - NOW for one in await listed(api)]
    assert kept == [3, 2, 0]


async def test_letters_age(api: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is older than letters are kept is shown no more, whenever the server drops it."""
    await api.connect()
    await died(api)
    index = await api.database["dead_letters"].index_information()
    assert index["expires_at_1"]["expireAfterSeconds"] == 0
    monkeypatch.setattr(dead_letters, "KEPT_MILLISECONDS", 30 * 24 * 3600 * 1000)
    assert await listed(api) == []


async def test_a_deleted_connections_letters_are_gone(api: Sync) -> None:
    made = await api.connect()
    await died(api)
    await api.ask(connections_pb.DeleteConnectionRequest(connection_id=made.id))
    assert await api.database["dead_letters"].count_documents({}) == 0


async def test_a_job_that_was_given_up_leaves_none(api: Sync) -> None:
    """Its worker's end comes too late, and writes nothing."""
    await api.connect()
    job = await api.start()
    await api.ask(pb.CancelSyncJobRequest(job_id=job.id))
    assert await listed(api) == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Replay(), "dead_letter_ids"),
        (Replay(dead_letter_ids=["dlt_1"], all=True), "dead_letter_ids"),
        (Replay(dead_letter_ids=["dlt_1"] * 101), "dead_letter_ids"),
        (Replay(dead_letter_ids=[""]), "dead_letter_ids"),
        (Replay(all=True, page_token="x"), "page_token"),
        (pb.ListDeadLettersRequest(reason=99), "reason"),  # type: ignore[arg-type]
        (pb.ListDeadLettersRequest(page_size=1001), "page_size"),
    ],
)
async def test_what_is_wrong_is_named(api: Sync, request_: Any, field: str) -> None:
    async with refused("INVALID_FIELD") as seen:
        await api.ask(request_)
    assert seen[0].metadata == {"field": field}
