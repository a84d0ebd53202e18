"""The queue's time, however wrong the own clock is."""

import time
from dataclasses import dataclass, field

import pytest
from bullmq import job, scripts, worker

from services.sync.queue_time import QueueTime, queue_time

NOON = 1_700_000_000_000
HOUR = 3_600_000


@dataclass
class Clocks:
    """Two clocks: the own one is fast, and the way to the other takes a while each time."""

    fast: int = 0
    way: int = 0
    now: int = NOON
    asked: int = field(default=0)

    def own(self) -> int:
        """Tell the own time."""
        return self.now + self.fast

    async def ask(self) -> int:
        """Ask for the true time: there and back again."""
        self.asked += 1
        self.now += self.way
        there = self.now
        self.now += self.way
        return there


@pytest.mark.parametrize("fast", [-HOUR, -1000, 1000, HOUR])
@pytest.mark.parametrize("way", [0, 40])
async def test_it_is_the_servers_time(fast: int, way: int) -> None:
    """However fast or slow the own clock is, and however long the way."""
    clocks = Clocks(fast, way)
    kept = QueueTime(clocks.own)
    await kept.measure(clocks.ask)
    assert kept() == clocks.now
    clocks.now += 5000
    assert kept() == clocks.now


async def test_what_may_be_the_ways_moves_nothing() -> None:
    """A clock that may be right is left as it is, so that time does not jump about."""
    clocks = Clocks(fast=30, way=40)
    kept = QueueTime(clocks.own)
    await kept.measure(clocks.ask)
    assert kept() == clocks.own()


async def test_a_clock_that_is_set_is_noticed() -> None:
    """It was right, and is set an hour ahead while the process runs."""
    clocks = Clocks()
    kept = QueueTime(clocks.own)
    await kept.measure(clocks.ask)
    clocks.fast = HOUR
    await kept.measure(clocks.ask)
    assert kept() == clocks.now


async def test_bullmq_is_told_until_left() -> None:
    """All of it that asks for the time, and nobody else."""
    clocks = Clocks(fast=HOUR)
    readers = (job, scripts, worker)
    async with queue_time(clocks.ask, clocks.own):
        assert {module.time.time() for module in readers} == {clocks.now / 1000}
        assert abs(time.time() - NOON / 1000) > HOUR / 1000
    assert {module.time for module in readers} == {time}
