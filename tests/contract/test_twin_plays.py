"""Real history goes on while the twin serves, and its webhooks tell of it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.contract.hook_receiver import Receiver, register
from tests.contract.test_twin_process import PATIENCE_SECONDS, ended, first_line, origin_in, started
from tests.contract.twin_calls import signed_in, walk
from tests.faults.waiting import until
from twin.clock import Clock, Past
from twin.history import instant_ms
from twin.making import make_world
from twin.playing import Play
from twin.records import Kind
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
    gained = [
        int(entry.id)
        for id_ in told
        for entry in twin.world.issue(id_).entries
        if entry.created_ms >= NOW_MS
    ]
    assert sorted(entries) == sorted(gained)
    events = Counter(one.body["webhookEvent"] for one in receiver.received)
    assert events["jira:issue_created"] == play.counted[Kind.CREATED]
    assert events["comment_created"] == play.counted[Kind.COMMENTED]


async def test_who_asks_for_it_plays_pauses_and_follows(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    """By /_twin/play; it stands still until then. Events can be asked for from a number on."""
    assert (await jira.get("/_twin/play")).json()["events"] is None
    await jira.post("/_twin/clock", json={"advance_ms": 60_000})
    assert (await jira.post("/_twin/play", json={"speed": 86_400})).json()["played"] == 0
    await jira.post("/_twin/clock", json={"advance_ms": 5_000})

    async def told(after: int = 0) -> dict[str, Any]:
        said: dict[str, Any] = (await jira.get("/_twin/play", params={"after": after})).json()
        return said

    async def begun() -> dict[str, Any] | None:
        said = await told()
        return said if said["played"] else None

    now = await until(begun, str)
    assert [one["number"] for one in now["latest"]] == list(range(1, now["played"] + 1))
    assert {one["at_ms"] for one in now["latest"]} == {NOW_MS + 65_000}
    key = now["latest"][-1]["key"]
    found = await jira.get(f"/rest/api/3/issue/{key}")
    assert instant_ms(found.json()["fields"]["updated"]) == NOW_MS + 65_000
    assert (await jira.post("/_twin/play", json={"speed": 0})).json()["speed"] == 0
    await jira.post("/_twin/clock", json={"advance_ms": 5_000})
    assert (await told(now["played"]))["latest"] == []
    assert (await told())["then_ms"] == now["then_ms"]


async def test_a_site_without_a_moment_refuses_to_play() -> None:
    async with running(make_world()) as serving, signed_in(serving) as jira:
        answer = await jira.post("/_twin/play", json={"speed": 1})
        assert (answer.status_code, "--now-is" in answer.text) == (400, True)
        assert (await jira.post("/_twin/play", json={"speed": -1})).status_code == 400
        assert (await jira.get("/_twin/play", params={"after": "x"})).status_code == 400


async def test_a_process_plays_by_itself() -> None:
    """It says what it plays, a line each where nobody sits at a terminal."""
    options = ("--port", "0", "--now-is", "2012-04-01", "--play", "864000")
    async with started(*options) as process:
        origin = origin_in(await first_line(process))
        assert (await first_line(process)).split() == ["2012-04-01", "ANY23-54", "commented"]
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
