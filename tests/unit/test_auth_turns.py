"""Taking turns by key."""

import asyncio

import pytest

from services.auth.store.turns import Turns


async def test_one_after_the_other_for_a_key_and_side_by_side_for_two() -> None:
    """Nobody is within a key's turn beside another; another key is not waited for."""
    turns, within, most = Turns(), {"a": 0, "b": 0}, {"a": 0, "b": 0}
    together = 0

    async def work(key: str) -> None:
        nonlocal together
        async with turns.of(key):
            within[key] += 1
            most[key] = max(most[key], within[key])
            await asyncio.sleep(0)
            together = max(together, sum(within.values()))
            within[key] -= 1

    await asyncio.gather(*(work(key) for key in "ab" * 20))
    assert most == {"a": 1, "b": 1}
    assert together == 2


async def test_who_fails_or_leaves_gives_the_turn_on() -> None:
    """An error and a cancellation hold up nobody."""
    turns = Turns()
    with pytest.raises(KeyError):
        async with turns.of("a"):
            raise KeyError
    gate = asyncio.Event()

    async def hold() -> None:
        async with turns.of("a"):
            await gate.wait()

    first, waiting = asyncio.create_task(hold()), asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiting.cancel()
    gate.set()
    await asyncio.gather(first, waiting, return_exceptions=True)
    async with asyncio.timeout(5), turns.of("a"):
        pass
