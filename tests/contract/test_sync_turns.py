"""What is fetched before its turn waits for it: what follows, and what comes back (Q4)."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from services.chassis.clock import system_clock
from services.sync import turns
from services.sync.queue import PutBack
from tests.contract.queue_bench import Bench, bench, named, put, workspace_of

__all__ = ["bench"]


async def test_what_follows_before_its_turn_waits_as_if_never_fetched(bench: Bench) -> None:
    """It has its place, and bears no sign of a start: no lock, nothing counted."""

    async def one_more(begun: int) -> None:
        bench.hand.gate.set()
        bench.hand.gate.clear()
        await bench.hand.until(begun)

    bench.hand.gate.clear()
    for each in (named(0), named(1, 0), named(1, 1)):
        await put(bench, workspace_of(each), int(each[-1]))
    async with bench.at_work(concurrency=1):
        await bench.hand.until(1)
        await put(bench, 0)
        await one_more(2)
        await one_more(3)
        follows = await bench.redis.get(f"bull:sync:de:{named(0)}")
        assert isinstance(follows, bytes)
        active = await bench.redis.lrange("bull:sync:active", 0, -1)
        locked = await bench.redis.exists(b"bull:sync:" + follows + b":lock")
        signs = await bench.redis.hmget(b"bull:sync:" + follows, ["round", "ats", "processedOn"])
        await one_more(4)
        bench.hand.gate.set()
    assert [workspace_of(each) for each, _ in bench.hand.handled] == [0, 1, 1, 0]
    assert (len(active), follows in active, locked) == (1, False, 0)
    assert signs == [b"4", b"0", None]


@pytest.mark.parametrize(
    "died",
    [{}, {"stc": 0}, {"stc": 1, "begun": 1}],
    ids=["never", "and was forgiven", "and has begun again since"],
)
async def test_what_comes_back_from_a_wait_has_a_place_of_its_own(
    bench: Bench, died: Mapping[Any, int]
) -> None:
    """Ten connections of a workspace that waited for one instant do not come before another's."""
    until = system_clock() + 300
    bench.hand.raising = [PutBack(until) for _ in range(10)]
    for number in range(10):
        await put(bench, 0, number)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(10)
    waits: list[Any] = await bench.redis.zrange("bull:sync:delayed", 0, -1)
    for job in waits if died else []:
        await bench.redis.hset(b"bull:sync:" + job, mapping=died)
    await asyncio.sleep((until - system_clock() + 5) / 1000)
    await put(bench, 1)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(21)
    order = [workspace_of(each) for each, _ in bench.hand.handled[10:]]
    assert order.index(1) <= 1


async def test_no_script_puts_a_crowd_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more are early than one script puts back, the next one starts; all are begun once."""
    monkeypatch.setattr(turns, "MOST_PUT_BACK", 2)
    until = system_clock() + 300
    bench.hand.raising = [PutBack(until) for _ in range(10)]
    for number in range(10):
        await put(bench, 0, number)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(10)
    await asyncio.sleep((until - system_clock() + 5) / 1000)
    await put(bench, 1)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(21)
    assert Counter(each for each, _ in bench.hand.handled[10:]).most_common(1)[0][1] == 1
