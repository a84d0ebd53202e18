"""Something that happens at one step of a run: a step is any call to what is around a collector."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

from services.sync.domain.ledger import Found
from services.sync.hooks.refreshing import Holds, Marks, Refreshing
from services.sync.patience import Patience
from services.sync.ports import Around, Runs, Source, Vanished
from services.sync.runs import Collector
from tests.fakes.nobody import Nobody, NoLists
from tests.unit.sync_collecting import Bench


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


async def nothing() -> None:
    """Let a run go on."""


class Steps:
    """Counts steps; at number `at`, something happens, which may raise."""

    def __init__(self, at: int = -1, happens: Callable[[], Awaitable[object]] = nothing) -> None:
        self.passed = 0
        self._at = at
        self._happens = happens

    async def step(self) -> None:
        """Pass one, as a call over a network would: others have their turn."""
        await asyncio.sleep(0)
        number, self.passed = self.passed, self.passed + 1
        if number == self._at:
            await self._happens()


class Stepping:
    """Hands every call on: one step before it is done, and one when its answer is on the way."""

    def __init__(self, inner: Any, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    @property
    def behind(self) -> int:
        """How far the site's clock is behind."""
        return int(self._inner.behind)

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)

        async def stepping(*args: Any, **named: Any) -> Any:
            await self._steps.step()
            answer = await call(*args, **named)
            await self._steps.step()
            return answer

        return stepping

    async def sweep(self, question: str, *, dated: bool) -> AsyncIterator[list[Found]]:
        """List issues, with a step after each page."""
        async for found in self._inner.sweep(question, dated=dated):
            await self._steps.step()
            yield found


def collector(bench: Bench, steps: Steps) -> Collector:
    """Give a collector every step of which is counted."""
    stored = Stepping(bench.runs, steps)
    around = Around(
        cast("Runs", stored),
        cast("Vanished", stored),
        Nobody(),
        NoLists(),
        Stepping(bench.heard, steps),
        Patience(bench.stopping, bench.runs),
        lambda: bench.now,
    )
    site = cast("Source", Stepping(bench.site, steps))
    marks = cast("Marks", Stepping(bench.marks, steps))
    refresh = Refreshing(around, marks, cast("Holds", stored), lambda _: site)
    return Collector(around, lambda *_: site, Stepping(bench.heard, steps), refresh)


def raising(error: BaseException) -> Callable[[], Awaitable[None]]:
    """Make what happens at a step an error."""

    async def fails() -> None:
        raise error

    return fails
