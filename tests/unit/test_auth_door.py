"""The door before signing in: nobody alone waits, and of a crowd one comes in at a time."""

import asyncio
import itertools
import time

from services.auth.accounts.door import LONGEST_SECONDS, PAUSE_SECONDS, Door


def enters_at_once(door: Door) -> bool:
    """Tell whether who comes now goes in without giving the loop away."""
    entering = door.enter()
    try:
        entering.send(None)
    except StopIteration:
        return True
    entering.close()
    return False


class Clock:
    """A clock that goes on when it is told to; seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_who_comes_alone_does_not_wait() -> None:
    """The first comes in at once, and so does one who comes a pause after the last."""
    clock = Clock()
    door = Door(clock)
    assert enters_at_once(door)
    clock.now += PAUSE_SECONDS
    assert enters_at_once(door)
    assert not enters_at_once(door)


async def test_a_crowd_comes_in_with_pauses() -> None:
    """Of fifty who come at once each comes in a pause after the one before, in their order."""
    door, entered = Door(), list[tuple[int, float]]()

    async def come(number: int) -> None:
        await door.enter()
        entered.append((number, time.monotonic()))

    began = time.monotonic()
    await asyncio.gather(*(come(number) for number in range(50)))
    assert [number for number, _ in entered] == list(range(50))
    # A busy machine makes a turn late, and never early.
    due = itertools.count(began, PAUSE_SECONDS)
    assert all(at >= turn - 0.001 for (_, at), turn in zip(entered, due, strict=False))


async def test_a_crowd_beyond_all_measure_is_let_in_at_once() -> None:
    """Those who would wait longer than anybody should do not wait: they are refused inside."""
    door = Door(Clock())
    crowd = int(LONGEST_SECONDS / PAUSE_SECONDS)
    turns = [enters_at_once(door) for _ in range(crowd)]
    assert turns.count(True) == 1
    assert any(enters_at_once(door) for _ in range(3))
    assert enters_at_once(door)
