"""Real history goes on while the twin serves, and its webhooks tell of it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contract.hook_receiver import Receiver, register
from tests.contract.test_twin_process import PATIENCE_SECONDS, ended, first_line, origin_in, started
from tests.contract.twin_calls import walk
from twin.clock import Clock, Past
from twin.making import make_world
from twin.playing import Play
from twin.serving import Running, running
from twin.shifting import parse_instant
from twin.world import World

NOW_MS = 1_900_000_000_000


@pytest.fixture
def world() -> World:
    return make_world(now_is=parse_instant("2012-04-01"))


@pytest.fixture
async def twin(world: World) -> AsyncIterator[Running]:
    async with running(world, clock=Clock(source=Past(NOW_MS))) as serving:
        yield serving


async def test_what_is_played_is_told_and_found_as_what_happens_now(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    await register(jira, receiver)
    play = Play(twin.world, twin.site.clock, 86_400.0)
    await jira.post("/_twin/clock", json={"advance_ms": 5_000})
    assert play.play_due() > 5
    await twin.site.courier.settle()
    told = {one.body["issue"]["id"] for one in receiver.received}
    jql = f"updated >= {NOW_MS} ORDER BY updated ASC, key ASC"
    assert {id_ for page in await walk(jira, jql) for id_ in page} == told
    entries = [
        int(one.body["changelog"]["id"])
        for one in receiver.received
        if one.body["webhookEvent"] == "jira:issue_updated" and "changelog" in one.body
    ]
    held = {int(entry.id) for id_ in told for entry in twin.world.issue(id_).entries}
    assert set(entries) <= held
    assert len(set(entries)) == len(entries)


async def test_a_process_plays_by_itself() -> None:
    options = ("--port", "0", "--now-is", "2012-04-01", "--play", "864000")
    async with started(*options) as process:
        origin = origin_in(await first_line(process))
        async with httpx.AsyncClient(
            base_url=origin, auth=("a@b", "twin-token"), timeout=PATIENCE_SECONDS
        ) as client:
            path, body = "/rest/api/3/search/approximate-count", {"jql": "created >= 0"}
            seen: set[int] = set()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(seen) < 3:
                    seen.add((await client.post(path, json=body)).json()["count"])
                    await asyncio.sleep(0.05)


async def test_playing_needs_a_moment_to_begin_at() -> None:
    async with started("--port", "0", "--play", "60") as process:
        code, said = await ended(process)
    assert code == 1
    assert "give both" in said
