"""Every recorded webhook, sent to the service: accepted, with its effect on the stored issue."""

import json
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis

from jira_analytics.sync.v1 import sync_pb2
from services.kernel.documents import ISSUES
from tests.contract.twin_calls import signed_in
from tests.faults.waiting import until
from tests.rpc.hook_sending import hooked, now_ms
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from tests.unit.hook_bodies import RECORDED, Recorded
from twin.life.founding import Founding, found

__all__ = ["sync_stores"]
WHOLE: Final = Path(__file__).parents[3] / "shared" / "data" / "jira" / "webhooks"
DELETED: Final = "issue-deleted"
# It names no issue: beside it the same site tells of an update of the issue.
NAMELESS: Final = "server-comment-"


def body_about(recorded: Recorded, issue_id: str) -> bytes:
    """Give a recorded body, all of it where it lies beside the tree, about an issue, told now."""
    path = WHOLE / f"webhook-{recorded.name}.json"
    said: dict[str, Any] = json.loads(path.read_bytes() if path.exists() else recorded.body(0))
    said["timestamp"] = now_ms()
    if "issue" in said:
        said["issue"]["id"] = issue_id
    return json.dumps(said).encode()


async def stored(api: Sync) -> dict[str, Any]:
    """Give each issue's last change as it is stored; None of those that are gone."""
    rows = api.database[ISSUES].find({}, {"issue_id": 1, "updated": 1, "deleted": 1})
    return {one["issue_id"]: None if one["deleted"] else one["updated"] async for one in rows}


async def test_each_recorded_webhook_has_its_effect(sync_stores: SyncStores) -> None:
    """Its issue is stored as it is now, or marked as deleted; one that names none changes none.

    Each tells of an issue of its own, which was edited on the site, or deleted, just before.
    """
    world = found(Founding(issues=2 * len(RECORDED)), seed=7)
    about = dict(zip((one.name for one in RECORDED), sorted(world.records), strict=False))
    async with (
        sync_service(sync_stores, world=world) as api,
        Redis.from_url(sync_stores.queue_url) as redis,
        api.working(),
    ):
        await api.connect()
        assert (await api.watched(await api.start()))[-1].state == sync_pb2.SyncJob.SUCCEEDED
        before, hook = await stored(api), await hooked(api)
        async with signed_in(api.twin) as jira:
            for name, issue_id in about.items():
                edit = {"delete": True} if name == DELETED else {"assignee": "person-0001"}
                answer = await jira.post(f"/_twin/issues/{issue_id}", json=edit)
                assert answer.is_success, answer.text
        for one in RECORDED:
            await hook.send(body_about(one, about[one.name]))

        async def all_read() -> bool:
            return not await redis.exists("dirty", f"dirty:{hook.connection_id}")

        await until(all_read, str)
        after = await stored(api)
    for one in RECORDED:
        was, now = before[about[one.name]], after[about[one.name]]
        if one.name == DELETED:
            assert now is None, one.name
        else:
            assert (now == was) is one.name.startswith(NAMELESS), one.name
    others = before.keys() - set(about.values())
    assert {each: after[each] for each in others} == {each: before[each] for each in others}
