"""A workspace that is erased leaves nothing in a process that heard of it."""

import asyncio
import time

from redis.asyncio import Redis

from services.analytics.answers import Answer
from services.analytics.answers.in_process import InProcess
from services.analytics.asking import is_of_workspace, key_of, keys_of_workspace
from services.analytics.domain.question import Asked
from services.analytics.erasing import CHANNEL, Erasing, erasing
from services.analytics.states import subject_of
from services.kernel.ids import WorkspaceId
from tests.unit.test_analytics_answers import Computing, question, state

GONE, STAYS = WorkspaceId("wsp_gone"), WorkspaceId("wsp_stays")
PATIENCE_SECONDS = 10.0


class Noting:
    """What holds something of workspaces, and notes which it was told to forget."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, workspace_id: WorkspaceId) -> None:
        self.forgotten.append(workspace_id)


def asked(workspace: str) -> Asked:
    subject = subject_of(state(workspace))
    return Asked(subject, question(), key_of(subject, question()))


async def test_answers_in_the_process_are_dropped() -> None:
    """Of the erased workspace only: the other's is still given from memory."""
    computing = Computing()
    answers = InProcess(computing, byte_limit=1_000_000)
    for workspace in (GONE, STAYS, GONE, STAYS):
        await answers.answer(asked(workspace))
    assert computing.times == 2
    answers.forget(GONE)
    assert await answers.answer(asked(STAYS)) == Answer(computing.body, cached=True)
    assert computing.times == 2
    await answers.answer(asked(GONE))
    assert computing.times == 3


def test_a_key_is_of_its_workspace_alone() -> None:
    """Not of one whose id is only like it."""
    key = asked(GONE).key
    assert is_of_workspace(key, GONE)
    assert not is_of_workspace(key, WorkspaceId("wsp_gon"))
    assert not is_of_workspace(key, STAYS)
    assert f":{GONE}:" in key
    assert keys_of_workspace(GONE).endswith(f":{GONE}:*")


async def test_other_processes_hear_of_it(cache_url: str) -> None:
    """By news; what is no news is passed over."""
    here, there = Noting(), Noting()
    async with (
        Redis.from_url(cache_url) as first,
        Redis.from_url(cache_url) as second,
        erasing(first, [here]) as asked_here,
        erasing(second, [there]),
    ):
        ends = time.monotonic() + PATIENCE_SECONDS
        while (await first.pubsub_numsub(CHANNEL))[0][1] < 2:
            assert time.monotonic() < ends
            await asyncio.sleep(0.01)
        await first.publish(CHANNEL, b"no news")
        await asked_here.workspace(GONE)
        while GONE not in there.forgotten:
            assert time.monotonic() < ends
            await asyncio.sleep(0.01)
    assert set(here.forgotten) == {GONE}


def test_what_is_no_news_changes_nothing() -> None:
    """Whatever else is published."""
    noting = Noting()
    heard = Erasing(Redis(), [noting])
    for data in (b"", b"[]", b"1", b"{}", b"\xff", b"null"):
        heard.hear(data)
    heard.missed()
    assert noting.forgotten == []
