"""What marks must hold, over a real server: none is lost, none is taken for another."""

from collections.abc import AsyncIterator, Sequence
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NotConnected

from services.chassis.clock import system_clock
from services.kernel.errors import StoreUnavailable
from services.kernel.ids import ConnectionId, IssueId
from services.sync.domain.marks import Mark
from services.sync.hooks.marks import Marks
from services.sync.hooks.measures import MeasuredMarks

ONE, TWO = ConnectionId("con_1"), ConnectionId("con_2")
COUNTED = ("issues_total", "issues_given_up_total", "seconds_count", "seconds_sum")
_databases = count(1)


@pytest_asyncio.fixture
async def redis(queue_url: str) -> AsyncIterator[Redis]:
    url = f"{queue_url.removesuffix('/0')}/{next(_databases) % 15 + 1}"
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
        yield redis


@pytest.fixture
def marks(redis: Redis) -> Marks:
    return Marks(redis)


async def add(
    marks: Marks, delivery: str, *issues: str, deleted: bool = False, to: ConnectionId = ONE
) -> bool:
    added = await marks.add(to, delivery, [IssueId(each) for each in issues], deleted=deleted)
    return added.put


def ids(found: Sequence[Mark]) -> list[str]:
    return [mark.issue_id for mark in found]


async def test_marks_come_in_their_order(marks: Marks) -> None:
    """An issue is marked once however often it is told of; each connection has its own."""
    for delivery, issue in enumerate(("7", "8", "7", "9")):
        await add(marks, str(delivery), issue)
    await add(marks, "x", "5", to=TWO)
    assert sorted(ids(await marks.oldest(ONE, 10))) == ["7", "8", "9"]
    assert ids(await marks.oldest(ONE, 1)) == ["8"]
    assert ids(await marks.oldest(TWO, 10)) == ["5"]


async def test_what_was_read_is_taken_out(marks: Marks) -> None:
    """Nothing is left of it, and nobody looks for it any more."""
    await add(marks, "a", "7", "8")
    await marks.take_out(ONE, await marks.oldest(ONE, 1))
    assert len(await marks.oldest(ONE, 10)) == 1
    await marks.take_out(ONE, await marks.oldest(ONE, 10))
    assert await marks.oldest(ONE, 10) == []
    assert await left_alone(marks) == []


async def test_what_was_marked_again_meanwhile_stays(marks: Marks) -> None:
    """Whoever read the issue may have read it before it changed again."""
    await add(marks, "a", "7", "8")
    read = await marks.oldest(ONE, 10)
    await add(marks, "b", "7")
    await marks.take_out(ONE, read)
    assert ids(await marks.oldest(ONE, 10)) == ["7"]
    assert await left_alone(marks) == [ONE]


async def test_a_slow_reader_takes_nobody_elses_mark(marks: Marks) -> None:
    """Also where all was taken out meanwhile, and the first mark after it is of the same issue."""
    await add(marks, "a", "7")
    slow = await marks.oldest(ONE, 10)
    await marks.take_out(ONE, slow)
    await add(marks, "b", "7")
    await marks.take_out(ONE, slow)
    assert ids(await marks.oldest(ONE, 10)) == ["7"]


async def test_a_delivery_that_is_known_marks_nothing(marks: Marks) -> None:
    """For a day; it says whether marks are there, since the queue may not know of them yet."""
    assert await add(marks, "a", "7")
    assert await add(marks, "a", "7")
    [mark] = read = await marks.oldest(ONE, 10)
    await marks.take_out(ONE, read)
    assert not await add(marks, "a", "7")
    assert await marks.oldest(ONE, 10) == []
    assert await add(marks, "a", "7", to=TWO)
    assert mark.issue_id == "7"


async def test_a_delivery_is_forgotten_after_a_day(marks: Marks, redis: Redis) -> None:
    """Whether the connection hears of others or not."""
    await add(marks, "a", "7")
    assert 24 * 3600 - 5 <= await redis.ttl("hook:con_1") <= 24 * 3600
    found: Any = await redis.zrange("hook:con_1", 0, -1, withscores=True)
    [(known, when)] = found
    await redis.zadd("hook:con_1", {known: when - 24 * 3600 - 1})
    await marks.take_out(ONE, await marks.oldest(ONE, 1))
    assert await add(marks, "a", "7")
    assert ids(await marks.oldest(ONE, 1)) == ["7"]


async def test_the_queue_is_told_every_five_seconds(marks: Marks, redis: Redis) -> None:
    """Whoever holds the connection goes on until no mark is left; and the first mark is told."""
    assert await add(marks, "a", "7")
    assert not await add(marks, "b", "8")
    assert not await add(marks, "c", "7")
    assert await add(marks, "d", "7", to=TWO)
    await redis.zincrby("dirty", -5000, ONE)
    assert await add(marks, "e", "8")
    assert not await add(marks, "f", "9")
    await marks.take_out(ONE, await marks.oldest(ONE, 10))
    assert await add(marks, "g", "7")


async def test_so_many_deliveries_are_known(
    marks: Marks, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest: a connection that is told of without end fills no memory."""
    monkeypatch.setattr("services.sync.hooks.marks.MOST_KNOWN", 3)
    for delivery in range(10):
        await add(marks, str(delivery), "7")
    assert await redis.zcard("hook:con_1") == 3


async def test_a_deletion_is_not_forgotten_for_what_comes_late(marks: Marks) -> None:
    """Webhooks come in any order: an update behind the deletion does not undo it."""
    await add(marks, "a", "7", deleted=True)
    await add(marks, "b", "7", "8")
    told = {mark.issue_id: mark.told_deleted for mark in await marks.oldest(ONE, 10)}
    assert told == {"7": True, "8": False}


async def left_alone(marks: Marks, *, before: int | None = None) -> Sequence[ConnectionId]:
    now = system_clock() + 60_000
    return await marks.left_alone(before=now if before is None else before, now=now, most=10)


async def test_who_was_left_alone_is_found_in_turn(marks: Marks) -> None:
    """Only those whose marks are older than that; and one that was named waits as long again."""
    began = system_clock()
    await add(marks, "a", "7")
    assert await left_alone(marks, before=began - 60_000) == []
    await add(marks, "b", "7", to=TWO)
    assert sorted(await left_alone(marks)) == [ONE, TWO]
    assert await left_alone(marks, before=system_clock()) == []


async def test_a_connection_is_forgotten(marks: Marks, redis: Redis) -> None:
    """Its marks, its deliveries, and that it is to be looked for; of others nothing."""
    await add(marks, "a", "7")
    await add(marks, "b", "8", to=TWO)
    await marks.forget(ONE)
    assert {key async for key in redis.scan_iter()} == {b"dirty", b"dirty:con_2", b"hook:con_2"}
    assert await left_alone(marks) == [TWO]
    assert await add(marks, "a", "7")


async def test_no_server_is_a_store_that_is_away(marks: Marks, redis: Redis) -> None:
    """So that the site is told to come again."""
    nobody = Marks(Redis.from_url("redis://127.0.0.1:1/0"))
    with pytest.raises(StoreUnavailable) as failed:
        await add(nobody, "a", "7")
    assert isinstance(failed.value.__cause__, NotConnected)


async def test_what_was_stored_is_counted_and_how_long_it_took(redis: Redis) -> None:
    """From the mark by the server's clock; what is given up is counted apart."""

    def counted(name: str) -> float:
        return REGISTRY.get_sample_value(f"jira_analytics_sync_webhook_{name}") or 0

    now, *before = 0, *map(counted, COUNTED)
    marks = MeasuredMarks(redis, lambda: now)
    await add(marks, "a", "7", "8")
    now = (await marks.oldest(ONE, 1))[0].made + 1500
    await marks.take_out(ONE, await marks.oldest(ONE, 1))
    await marks.give_up(ONE, await marks.oldest(ONE, 1))
    more = [counted(name) - was for name, was in zip(COUNTED, before, strict=True)]
    assert more == [1, 1, 1, 1.5]
    assert await marks.oldest(ONE, 1) == []
