"""What the queue must hold, whatever it is made of: over a real server."""

import asyncio

import pytest

from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId
from services.sync import queue
from services.sync.domain.lanes import Lane
from services.sync.queue import PutBack, TryAgain
from tests.contract.queue_bench import ONE, TWO, Bench, bench

__all__ = ["bench"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the queue give up after three attempts, a few milliseconds apart."""
    monkeypatch.setattr(queue, "ATTEMPTS", 3)
    monkeypatch.setattr(queue, "FIRST_RETRY_MILLISECONDS", 20)


async def test_a_connection_is_in_the_queue_once(bench: Bench) -> None:
    """However often it is put while it waits; another one is another job; all have a priority."""
    for _ in range(5):
        await bench.jobs.put(ONE, Lane.DELTA)
    await bench.jobs.put(TWO, Lane.DELTA)
    assert await bench.redis.zcard("bull:sync:prioritized") == 2
    assert await bench.redis.llen("bull:sync:wait") == 0
    async with bench.at_work():
        await bench.hand.until(2)
        await asyncio.sleep(0.2)
    assert sorted(bench.hand.handled) == [(ONE, 1), (TWO, 1)]


async def test_one_put_while_it_runs_follows_once(bench: Bench) -> None:
    """What comes while a job runs is not dropped, and not run beside it."""
    bench.hand.gate.clear()
    await bench.jobs.put(ONE, Lane.DELTA)
    async with bench.at_work():
        await bench.hand.until(1)
        for _ in range(3):
            await bench.jobs.put(ONE, Lane.DELTA)
        await asyncio.sleep(0.2)
        assert bench.hand.handled == [(ONE, 1)]
        bench.hand.gate.set()
        await bench.hand.until(2)
        await asyncio.sleep(0.2)
    assert bench.hand.handled == [(ONE, 1), (ONE, 1)]


async def test_put_back_is_not_before_and_costs_nothing(bench: Bench) -> None:
    """A job that is put back comes at its time, as the same attempt; putting it is no way round."""
    until = system_clock() + 1000
    bench.hand.raising = [PutBack(until)]
    await bench.jobs.put(ONE, Lane.DELTA)
    async with bench.at_work():
        await bench.hand.until(1)
        await asyncio.sleep(0.2)
        await bench.jobs.put(ONE, Lane.DELTA)
        await bench.hand.until(2)
    assert bench.hand.handled == [(ONE, 1), (ONE, 1)]
    assert bench.hand.times[1] >= until
    assert bench.hand.lost == []


@pytest.mark.usefixtures("quick")
async def test_attempts_are_counted_and_end(bench: Bench) -> None:
    """What fails is tried again as the next attempt; after the last one it is told as lost."""
    bench.hand.raising = [TryAgain("a"), ZeroDivisionError(), TryAgain("c")]
    await bench.jobs.put(ONE, Lane.DELTA)
    async with bench.at_work():
        await bench.hand.until(3)
    assert bench.hand.handled == [(ONE, 1), (ONE, 2), (ONE, 3)]
    assert bench.hand.lost == [ONE]
    # It is out of the queue: it can be put again.
    await bench.jobs.put(ONE, Lane.DELTA)
    async with bench.at_work():
        await bench.hand.until(4)
    assert bench.hand.handled[3] == (ONE, 1)


async def test_what_is_lost_and_cannot_be_noted_stops_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the news of a lost job fails, the worker goes on."""
    monkeypatch.setattr(queue, "ATTEMPTS", 1)

    async def fails(_connection_id: ConnectionId) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bench.hand, "lose", fails)
    bench.hand.raising = [TryAgain("a")]
    await bench.jobs.put(ONE, Lane.DELTA)
    async with bench.at_work():
        await bench.hand.until(1)
        await bench.jobs.put(TWO, Lane.DELTA)
        await bench.hand.until(2)
    assert bench.hand.handled == [(ONE, 1), (TWO, 1)]


async def test_what_does_not_end_is_left_to_its_lock(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that stops waits for what runs, but not for ever; another takes the job then."""
    monkeypatch.setattr(queue, "CLOSE_SECONDS", 0.3)
    bench.hand.gate.clear()
    await bench.jobs.put(ONE, Lane.DELTA)
    async with asyncio.timeout(5), bench.at_work():
        await bench.hand.until(1)
    bench.hand.gate.set()
    async with bench.at_work():
        await bench.hand.until(2)
    assert bench.hand.handled[1] == (ONE, 1)


def test_backoff_doubles_with_jitter_and_outlives_an_hour() -> None:
    """2 s doubled each time, up to 30 % more; all attempts together outlast an hourly quota."""
    for attempt in range(1, queue.ATTEMPTS):
        plain = 2000 * 2 ** (attempt - 1)
        waits = {queue.backoff(attempt, "jittered", None, None) for _ in range(200)}
        assert all(plain <= wait <= 1.3 * plain for wait in waits)
        assert len(waits) > 100
    shortest = sum(2000 * 2 ** (attempt - 1) for attempt in range(1, queue.ATTEMPTS))
    assert shortest > 3600 * 1000
