"""Ending a task that takes a cancellation for something else."""

import asyncio

import pytest

from services.chassis.stopping import stopped


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
