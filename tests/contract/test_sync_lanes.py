"""In which order connections are worked at: by lane, and nobody is passed over for ever (Q5)."""

import asyncio

import pytest

from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId
from services.sync.domain.lanes import PASSED_AT_MOST, Lane
from services.sync.queue import PutBack
from tests.contract.queue_bench import ONE, TWO, Bench, bench

__all__ = ["bench"]
LATER = [Lane.DELTA, Lane.BACKFILL]


def named(amount: int, name: str = "other") -> list[ConnectionId]:
    """Name connections."""
    return [ConnectionId(f"{name}_{number}") for number in range(amount)]


async def worked_at(bench: Bench, amount: int) -> list[ConnectionId]:
    """Work at so many jobs, one after the other; give whose they were."""
    async with bench.at_work(concurrency=1):
        await bench.hand.until(amount)
    return [connection_id for connection_id, _ in bench.hand.handled]


async def test_sooner_lanes_go_first(bench: Bench) -> None:
    """Whatever was put when: interactive, then refresh, then delta, then backfill."""
    lanes = [Lane.BACKFILL, Lane.DELTA, Lane.REFRESH, Lane.INTERACTIVE, Lane.DELTA]
    names = named(len(lanes))
    for connection_id, lane in zip(names, lanes, strict=True):
        await bench.jobs.put(connection_id, lane)
    assert await bench.redis.llen("bull:sync:wait") == 0
    assert await worked_at(bench, 5) == [names[each] for each in (3, 2, 1, 4, 0)]


async def test_one_that_waits_is_put_into_a_sooner_lane(bench: Bench) -> None:
    """Put again sooner, it goes before who waits; put again later, it keeps its place."""
    for connection_id in (ONE, TWO):
        await bench.jobs.put(connection_id, Lane.BACKFILL)
    await bench.jobs.put(TWO, Lane.INTERACTIVE)
    for lane in (Lane.DELTA, Lane.BACKFILL):
        await bench.jobs.put(TWO, lane)
    assert await worked_at(bench, 2) == [TWO, ONE]


async def test_one_that_must_wait_comes_back_in_its_sooner_lane(bench: Bench) -> None:
    """What is put back until a time, and meanwhile into a sooner lane, is back in that one."""
    until = system_clock() + 300
    bench.hand.raising = [PutBack(until)]
    await bench.jobs.put(ONE, Lane.BACKFILL)
    await worked_at(bench, 1)
    await bench.jobs.put(ONE, Lane.INTERACTIVE)
    await bench.jobs.put(TWO, Lane.DELTA)
    await asyncio.sleep((until - system_clock() + 5) / 1000)
    assert await worked_at(bench, 3) == [ONE, ONE, TWO]


@pytest.mark.parametrize("last", [Lane.INTERACTIVE, Lane.BACKFILL])
async def test_what_follows_is_in_the_soonest_lane_it_was_put_in(bench: Bench, last: Lane) -> None:
    """Of what is put while its connection is worked at, the soonest counts and not the last."""
    bench.hand.gate.clear()
    await bench.jobs.put(ONE, Lane.BACKFILL)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(1)
        for lane in (Lane.BACKFILL, Lane.INTERACTIVE, last):
            await bench.jobs.put(ONE, lane)
        for each in named(3):
            await bench.jobs.put(each, Lane.DELTA)
        bench.hand.gate.set()
        await bench.hand.until(5)
    assert [connection_id for connection_id, _ in bench.hand.handled[:2]] == [ONE, ONE]


@pytest.mark.parametrize(
    ("lane", "sooner"),
    [(Lane.REFRESH, Lane.INTERACTIVE), *((each, Lane.REFRESH) for each in LATER)],
)
async def test_nobody_is_passed_over_for_ever(bench: Bench, lane: Lane, sooner: Lane) -> None:
    """Under endless sooner ones, one of a later lane starts after so many of them at most (Q5)."""
    await bench.jobs.put(ONE, lane)
    names = iter(named(1000))

    async def one_more() -> None:
        await bench.jobs.put(next(names), sooner)

    for _ in range(3):
        await one_more()
    bench.hand.then = one_more
    async with bench.at_work(concurrency=1):
        await bench.hand.until(30)
    worked = [connection_id for connection_id, _ in bench.hand.handled]
    assert worked.index(ONE) <= PASSED_AT_MOST[lane] + 1


async def test_lanes_share_when_all_are_full(bench: Bench) -> None:
    """Of those that start, each later lane has its share, and the sooner ones have the rest."""
    for lane in (Lane.REFRESH, Lane.DELTA, Lane.BACKFILL):
        for each in named(80, lane):
            await bench.jobs.put(each, lane)
    worked = await worked_at(bench, 80)
    shares = {lane: sum(each.startswith(lane) for each in worked[:80]) for lane in LATER}
    assert shares == {Lane.DELTA: pytest.approx(16, abs=2), Lane.BACKFILL: pytest.approx(9, abs=2)}
