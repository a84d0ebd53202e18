"""The twin tries a webhook again when Jira does, and gives up when Jira does."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contract.hook_receiver import EVENTS, Receiver, edit, later, register
from twin.clock import Clock, Past
from twin.life.founding import Founding, found
from twin.serving import Running, running
from twin.world import World


@pytest.fixture
def world() -> World:
    return found(Founding(issues=40, projects=2), seed=21)


@pytest.fixture
async def twin(world: World) -> AsyncIterator[Running]:
    async with running(world, clock=Clock(source=Past(1_900_000_000_000))) as serving:
        yield serving


@pytest.mark.parametrize("status", [503, 408, 409, 425, 429])
async def test_what_may_pass_is_tried_again_under_the_same_identifier(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver, status: int
) -> None:
    await register(jira, receiver)
    receiver.answers = [status, status]
    await edit(jira, twin, assignee="somebody")
    assert len(receiver.received) == 1
    await later(jira, twin, 4)
    assert len(receiver.received) == 1, "not before five minutes"
    await later(jira, twin, 11)
    assert len(receiver.received) == 2, "after a quarter of an hour at most"
    await later(jira, twin, 15)
    assert [one.headers["X-Atlassian-Webhook-Retry"] for one in receiver.received] == list("012")
    assert len({(one.identifier, one.raw) for one in receiver.received}) == 1
    await later(jira, twin, 60)
    assert len(receiver.received) == 3, "it arrived"


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
async def test_what_is_refused_is_never_tried_again(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver, status: int
) -> None:
    await register(jira, receiver)
    receiver.always = status
    await edit(jira, twin, assignee="somebody")
    await later(jira, twin, 120)
    assert len(receiver.received) == 1


async def test_after_half_an_hour_of_failing_each_is_tried_once_until_one_arrives(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    await register(jira, receiver)
    receiver.always = 500
    await edit(jira, twin, assignee="one")
    for _ in range(10):
        await later(jira, twin, 15)
    tries = len(receiver.received)
    assert 3 <= tries <= 6, "given up once it has failed for half an hour"
    await edit(jira, twin, assignee="two")
    await later(jira, twin, 60)
    assert len(receiver.received) == tries + 1, "tried once"
    receiver.always = 200
    await edit(jira, twin, assignee="three")
    receiver.answers = [500]
    await edit(jira, twin, assignee="four")
    await later(jira, twin, 15)
    assert len(receiver.received) == tries + 4, "tried again, now that one has arrived"


async def test_nobody_at_home_is_like_a_failure(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    hook = await register(jira, receiver, url="http://127.0.0.1:9/hooks")
    await edit(jira, twin, assignee="somebody")
    assert twin.site.courier.counted == {"dropped": 0, "no answer": 1}
    own = {"name": "ours", "events": EVENTS, "url": receiver.url}
    assert (await jira.put(hook["self"], json=own)).json()["isSigned"] is True
    assert (await jira.get("/_twin/hooks")).json()["waiting"] == 1
