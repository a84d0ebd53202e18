"""Ending a task that takes a cancellation for something else."""

import asyncio

import pytest

from services.chassis.stopping import beside, repeating, stopped


async def test_a_task_that_loses_a_cancellation_is_ended() -> None:
    """Twice it takes it for an error of its work, and goes on; the third time it ends."""
    lost = 0

    async def work() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 2:
                    raise

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await stopped(task)
    assert task.cancelled()
    assert lost == 3


async def test_what_a_task_ended_with_is_heard_of() -> None:
    """An error that ended it is raised; an end without one, or before, is none."""

    async def fail() -> None:
        raise RuntimeError("broken")

    failed = asyncio.create_task(fail())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="broken"):
        await stopped(failed)
    done = asyncio.create_task(asyncio.sleep(0))
    await asyncio.sleep(0.01)
    await stopped(done)


@pytest.mark.parametrize("leaving", [None, LookupError("what was done within")])
async def test_what_runs_beside_ends_with_it(leaving: Exception | None) -> None:
    """It runs until what is beside it is left, also where that fails, which is then heard of."""
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    left: Exception | None = None
    try:
        async with beside(work()):
            await began.wait()
            assert not ended.is_set()
            if leaving is not None:
                raise leaving
    except LookupError as error:
        left = error
    assert left is leaving
    assert ended.is_set()


async def test_what_is_repeated_outlives_what_it_raises() -> None:
    """The next time comes, whatever the last one ended with, until it is left."""
    times, enough = [0], asyncio.Event()

    async def work() -> None:
        times[0] += 1
        if times[0] == 3:
            enough.set()
        raise ZeroDivisionError

    async with repeating(work, every_seconds=0.0, trouble="it went wrong"):
        async with asyncio.timeout(5):
            await enough.wait()
    left = times[0]
    await asyncio.sleep(0)
    assert times[0] == left >= 3
