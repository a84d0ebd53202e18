"""Where somebody is: noted whenever a token is given out, told to services, forgotten in time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jira_analytics.auth.v1 import internal_pb2 as pb
from jira_analytics.auth.v1 import operator_pb2
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from jira_analytics.auth.v1.workspace_pb2 import Workspace
from services.auth.store.activity import ActivityStore
from services.auth.store.collections import ACTIVITY
from services.auth.workspaces.activity import EVERY_MILLISECONDS, Activity
from services.kernel.ids import Instant, WorkspaceId
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import signed_up


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def active(auth: Auth, since: int = 0) -> list[Any]:
    """List as sync does who was active from an instant on."""
    request = pb.ListActiveWorkspacesRequest()
    request.since_time.FromMilliseconds(since)
    metadata = await auth.as_service()
    return list((await auth.internal.ListActiveWorkspaces(request, metadata=metadata)).workspaces)


async def until_active(auth: Auth, since: int, count: int = 1) -> list[Any]:
    """Wait until so many are active from an instant on."""
    ends = time.monotonic() + 30
    while len(found := await active(auth, since)) < count:
        assert time.monotonic() < ends, "nobody was noted"
        await asyncio.sleep(0.05)
    return found


async def test_whoever_gets_a_token_is_there(auth: Auth) -> None:
    """Signing up, and refreshing later: with the tier as it is; nobody is from after that on."""
    began = auth.clock()
    person = await signed_up(auth, "a@example.com")
    [one] = await until_active(auth, began)
    assert (one.workspace_id, one.tier) == (person.workspace_id, Workspace.FREE)
    assert began <= one.active_time.ToMilliseconds() <= auth.clock()
    auth.clock.ahead += 10 * 60 * 1000
    assert await active(auth, auth.clock()) == []
    later = auth.clock()
    await auth.log_in("a@example.com")
    [again] = await until_active(auth, later)
    assert again.workspace_id == person.workspace_id


async def test_a_moved_tier_is_told_at_once(auth: Auth) -> None:
    """Although somebody was noted just now."""
    person = await signed_up(auth, "a@example.com")
    await until_active(auth, 0)
    moved = auth.clock()
    request = operator_pb2.SetTierRequest(workspace_id=person.workspace_id, tier=Workspace.PRO)
    stub: Any = OperatorServiceStub(auth.channel)
    await stub.SetTier(request, metadata=await auth.as_service("operator"))
    [one] = await until_active(auth, moved)
    assert one.tier == Workspace.PRO


async def test_services_only(auth: Auth) -> None:
    person = await auth.sign_up("a@example.com")
    shown = (("authorization", f"Bearer {person.access_token}"),)
    async with refused("TOKEN_INVALID"):
        await auth.internal.ListActiveWorkspaces(pb.ListActiveWorkspacesRequest(), metadata=shown)


async def test_what_is_noted_later_stays(auth: Auth) -> None:
    """Whatever order two processes write in; and it is forgotten by the server."""
    store = ActivityStore(auth.database)
    place = WorkspaceId("wsp_1")
    await asyncio.gather(*(store.note(place, 1_700_000_000_000 + n) for n in (3, 9, 1, 9, 5)))
    await store.note(place, 1_700_000_000_000)
    [kept] = await auth.database[ACTIVITY].find({}).to_list()
    assert kept["active"] == 1_700_000_000_009
    indexes = await auth.database[ACTIVITY].index_information()
    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0
    assert "active_1" in indexes
    assert await store.since(0, 10) == [], "a workspace that is not there is not told of"


async def test_a_workspace_is_written_to_every_few_minutes() -> None:
    """However many tokens are given out; what could not be written is tried again."""
    now = 10**12
    kept: list[tuple[str, Instant]] = []
    away = [ConnectionError("away")]

    async def keep(workspace_id: WorkspaceId, at: Instant) -> None:
        if away:
            raise away.pop()
        kept.append((workspace_id, at))

    activity = Activity(keep, lambda: now)
    for _ in range(100):
        activity.note(WorkspaceId("wsp_1"))
    with pytest.raises(ConnectionError):
        await activity.keep()
    await activity.keep()
    first = now
    now += EVERY_MILLISECONDS - 1
    activity.note(WorkspaceId("wsp_1"))
    await activity.keep()
    assert kept == [("wsp_1", first)]
    now += 1
    activity.note(WorkspaceId("wsp_1"))
    await activity.keep()
    assert kept == [("wsp_1", first), ("wsp_1", now)]
