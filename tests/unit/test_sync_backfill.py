"""A large site is listed in slices beside each other: the same issues, gone on with by slice."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock import system_clock
from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState
from services.sync.beside import ahead, side_by_side
from services.sync.domain import jql, slices
from services.sync.domain.ledger import Found
from services.sync.domain.selection import Selection
from services.sync.domain.site import Site
from services.sync.domain.slices import SLICES, cut
from services.sync.queue import PutBack
from services.sync.sources.answers import Wait
from services.sync.sources.jira_cloud import Credential, JiraCloud
from services.sync.sources.transport import site_sessions
from tests.contract.run_store import NOW
from tests.unit.sync_collecting import Bench, HandMadeSite
from twin.index import Lag
from twin.life.founding import Founding, found
from twin.life.people import Life
from twin.paging import PagingTrouble
from twin.serving import running


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small site be a large one."""
    monkeypatch.setattr(slices, "SLICED_FROM", 1)


@dataclass
class Sliced(HandMadeSite):
    """A site whose slices hold an issue each, the last of which may ask for patience."""

    guess: int | None = 100
    waiting: list[int] = field(default_factory=list)  # slices that ask for patience once

    async def sweep(self, question: str, *, dated: bool = False) -> AsyncIterator[list[Found]]:
        """List one issue of a slice."""
        number = self._number(question)
        await self._ask("sweep", question)
        if number in self.waiting:
            self.waiting.remove(number)
            yield [Found(IssueId(f"{number}1"))]
            # The others come to their ends meanwhile.
            for _ in range(50):
                await asyncio.sleep(0)
            raise Wait(NOW + 5000)
        yield [Found(IssueId(f"{number}1"))]

    @staticmethod
    def _number(question: str) -> int:
        starts = [0, *(number * (NOW // SLICES) for number in range(1, SLICES))]
        return starts.index(max(int(said) for said in re.findall(r"created >= (\d+)", question)))


@given(st.integers(0, 2**41), st.integers(0, 2**41), st.integers(0, 2**42))
def test_slices_are_disjoint_and_hold_everything(oldest: int, now: int, made: int) -> None:
    """Whenever an issue was made, it is in exactly one of them."""
    holding = [
        one
        for one in cut(oldest, now)
        if one.since <= made and (one.until is None or made < one.until)
    ]
    assert len(holding) == 1


@pytest.mark.usefixtures("_small")
async def test_a_run_goes_on_with_the_slices_that_were_not_listed() -> None:
    """What was listed is not listed again, its pages are there; the sweep began when it did."""
    bench = Bench(Sliced(waiting=[5]))
    job = await bench.job()
    with pytest.raises(PutBack):
        await bench.work()
    first = [what for name, what in bench.site.asked if name == "sweep"]
    began = (await bench.runs.job(job)).query_start
    bench.site.asked.clear()
    bench.now += 6000
    await bench.work()
    done = await bench.runs.job(job)
    assert (done.state, done.query_start, done.issues_done) == (JobState.SUCCEEDED, began, SLICES)
    again = [what for name, what in bench.site.asked if name == "sweep"]
    assert len(first) == SLICES
    assert 1 <= len(again) < SLICES
    assert len(await bench.runs.issues(bench.connection)) == SLICES
    state = await bench.runs.state(bench.connection)
    assert state.expected_issue_count == SLICES


async def test_a_small_site_is_one_slice() -> None:
    bench = Bench(HandMadeSite(guess=slices.SLICED_FROM - 1))
    await bench.job()
    await bench.work()
    assert [what for name, what in bench.site.asked if name == "sweep"] == [
        jql.full_sweep(Selection())
    ]


async def _swept(site: JiraCloud, cut_in: Sequence[slices.Slice]) -> list[set[str]]:
    async def one(each: slices.Slice) -> set[str]:
        rows: set[str] = set()
        async for page in site.sweep(jql.full_sweep(Selection(), each)):
            rows |= {row.issue_id for row in page}
        return rows

    return list(await side_by_side([partial(one, each) for each in cut_in], most=4))


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_the_same_as_one_sweep_whatever_the_index_does(seed: int) -> None:
    """Copies of the index that lag behind edits, pages that are short or empty."""
    world = found(Founding(issues=150, projects=3), seed=seed)
    async with running(world) as twin, site_sessions() as (_, registered):
        site = JiraCloud(
            registered,
            Site(twin.origin, registered=True),
            Credential("a@example.com", twin.site.token),
            system_clock,
        )
        twin.site.index.lag(Lag(seed=seed, least_ms=1000, most_ms=60_000))
        life = Life.of(world, twin.site.clock, seed=seed)
        for _ in range(40):
            for name in ("along", "reassigned", "moved"):
                life.do(name)
        oldest = await site.oldest(jql.full_sweep(Selection()))
        assert oldest is not None
        twin.site.paging.trouble_with(PagingTrouble(seed=seed, empty=0.2, short=0.3))
        parts = await _swept(site, cut(oldest, twin.site.clock.now_ms()))
        [whole] = await _swept(site, slices.WHOLE)
        assert set.union(*parts) == whole == set(world.records)
        assert sum(len(part) for part in parts) == len(whole)


async def test_where_one_fails_none_goes_on() -> None:
    """The error is the one that came, and nothing is left behind that still asks."""
    ended: list[str] = []

    async def fails() -> None:
        raise Wait(NOW)

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    with pytest.raises(Wait):
        await side_by_side([goes_on, fails], most=2)
    with pytest.raises(Wait):
        async for _ in ahead([fails, goes_on, goes_on], most=2):
            pass
    assert len(ended) == 2


async def test_answers_come_in_their_order_and_no_more_are_asked_for_than_may_be() -> None:
    under_way = most = 0

    async def work(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (5 - number))
        under_way -= 1
        return number

    works: list[Any] = [lambda number=number: work(number) for number in range(5)]
    assert [come async for come in ahead(works, most=3)] == [0, 1, 2, 3, 4]
    assert most == 3
