"""What auth is told of: again until it is told, and ever more rarely while auth is away."""

import asyncio
from collections.abc import Sequence

import pytest

from services.kernel.errors import ServiceUnavailable
from services.sync.reporting import LONGEST_REST_SECONDS, Reporting


class Waiting:
    """An outbox of which nobody takes anything out until it is told."""

    def __init__(self) -> None:
        self.left = ["one", "two"]

    async def waiting(self, *, most: int) -> Sequence[str]:
        """Give what is left."""
        return self.left[:most]

    async def delivered(self, told: Sequence[str], /) -> None:
        """Take it out."""
        self.left = [each for each in self.left if each not in told]


async def test_rests_grow_while_auth_is_away_and_are_short_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight refusals: each rest is twice the last up to the longest; then all is told at once."""
    outbox, rests, refusals, over = Waiting(), list[float](), 8, asyncio.Event()

    async def tell(_: Sequence[str]) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise ServiceUnavailable

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 9:
            over.set()
            await asyncio.Event().wait()

    monkeypatch.setattr("random.uniform", lambda _a, _b: 1.0)
    monkeypatch.setattr("asyncio.sleep", rest)
    async with Reporting(outbox, tell, "not told").going_on(1.0):
        await asyncio.wait_for(over.wait(), 5)

    assert rests == [2, 4, 8, 16, 16, 16, 16, LONGEST_REST_SECONDS, 1]
    assert outbox.left == []
