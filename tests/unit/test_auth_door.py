"""The door before signing in: nobody alone waits, and of a crowd one comes in at a time."""

import asyncio
import itertools

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


async def test_who_comes_alone_does_not_wait() -> None:
    """The first comes in at once, and so does one who comes a pause after the last."""
    door = Door()
    assert enters_at_once(door)
    await asyncio.sleep(2 * PAUSE_SECONDS)
    assert enters_at_once(door)
    assert not enters_at_once(door)


async def test_a_crowd_comes_in_with_pauses() -> None:
    """Of fifty who come at once each comes in a pause after the one before, in their order."""
    door, entered, loop = Door(), list[tuple[int, float]](), asyncio.get_running_loop()

    async def come(number: int) -> None:
        await door.enter()
        entered.append((number, loop.time()))

    began = loop.time()
    await asyncio.gather(*(come(number) for number in range(50)))
    assert [number for number, _ in entered] == list(range(50))
    # A busy machine makes a turn late, and never early.
    due = itertools.count(began, PAUSE_SECONDS)
    assert all(at >= turn - 0.001 for (_, at), turn in zip(entered, due, strict=False))


async def test_a_crowd_beyond_all_measure_is_let_in_at_once() -> None:
    """Those who would wait longer than anybody should do not wait: they are refused inside."""
    door = Door()
    crowd = int(LONGEST_SECONDS / PAUSE_SECONDS) + 2
    turns = [enters_at_once(door) for _ in range(crowd)]
    assert turns.count(True) == 1
    while not enters_at_once(door):
        crowd += 1
        assert crowd < 2 * LONGEST_SECONDS / PAUSE_SECONDS
