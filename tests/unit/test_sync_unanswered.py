"""An issue with which a site does not answer: the others are read without it, after a while."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.kernel.errors import SiteUnreachable
from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, Mode
from services.sync.domain.attempts import PLAINLY_SO_FROM
from services.sync.domain.selection import Selection
from services.sync.domain.slices import SLICED_FROM
from services.sync.queue import ATTEMPTS, PutBack, TryAgain
from services.sync.reading import ALONE_FROM
from tests.contract.run_store import job_of
from tests.unit.sync_collecting import Bench, HandMadeSite, raw
from tests.unit.sync_marking import mark, marked

ALL = [str(number) for number in range(150)]
OF_A_PROJECT = Selection(("AB",))
LATER = "2023-06-01T00:00:00.000+0000"


@dataclass
class Mute(HandMadeSite):
    """A site that gives no answer in which one of some issues is; with "*" no issue at all."""

    stones: set[str] = field(default_factory=set)

    async def issues(self, ids: Sequence[str], also: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Read issues."""
        if self.stones & {*ids, "*"}:
            await self._ask("issues", tuple(ids))
            raise SiteUnreachable("HTTP 500")
        return await HandMadeSite.issues(self, ids, also)


async def worked(bench: Bench) -> int:
    """Work until nothing is to be tried again; gives at which attempt that was."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await bench.work(attempt)
        except TryAgain:
            continue
        except PutBack:
            return 0
        return attempt
    raise AssertionError("tried again for ever")


@pytest.mark.parametrize("call", ["estimate", "oldest"])
async def test_what_nothing_rests_on_ends_no_sync(call: str) -> None:
    """A guess that the site does not give: the FULL is listed in one, and ends well."""
    never: list[Exception] = [SiteUnreachable("HTTP 500")] * ATTEMPTS
    bench = Bench(HandMadeSite(guess=SLICED_FROM, raising={call: never}))
    job = await bench.job()
    assert await worked(bench) == PLAINLY_SO_FROM
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


async def test_a_count_that_is_not_given_ends_no_digest() -> None:
    """One issue's history is left out of what was checked, and the census ends well."""
    bench = Bench()
    await bench.job()
    await bench.work()
    census = job_of(bench.connection, "2", Mode.CENSUS)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[census.job_id], kept.active = census, census.job_id
    bench.site.raising = {
        "history_total": [SiteUnreachable("HTTP 500")] * PLAINLY_SO_FROM,
        "estimate": [SiteUnreachable("HTTP 500")] * ATTEMPTS,
    }
    assert await worked(bench) == PLAINLY_SO_FROM
    assert (await bench.runs.job(census)).state is JobState.SUCCEEDED


async def aside(bench: Bench) -> set[str]:
    kept = bench.runs.kept[bench.connection.connection_id].quarantine
    return {bad.issue_id for bad in kept.values()}


async def test_the_others_are_read_without_it() -> None:
    """The site answers for each other issue: it is set aside, and what follows is collected."""
    bench = Bench(Mute(sweeps=[ALL], stones={"7"}))
    job = await bench.job()
    assert await worked(bench) == PLAINLY_SO_FROM
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    assert len(await bench.runs.issues(bench.connection)) == len(ALL) - 1
    assert await aside(bench) == {"7"}


@pytest.mark.parametrize(("sweeps", "stones"), [([ALL], {"*"}), ([["1", "2"]], {"*"})])
async def test_a_site_that_answers_for_none_is_away(
    sweeps: list[list[str]], stones: set[str]
) -> None:
    """That is no issue's fault, however few there are: none is set aside, for minutes."""
    bench = Bench(Mute(sweeps=sweeps, stones=stones))
    job = await bench.job()
    for attempt in range(1, ALONE_FROM):
        with pytest.raises(TryAgain):
            await bench.work(attempt)
    assert (await bench.runs.job(job)).state is JobState.QUEUED
    assert await aside(bench) == set()


async def test_one_that_is_all_that_changed() -> None:
    """The site lists it, again and again, and does not give it: in the end it is set aside."""
    bench = Bench(Mute(sweeps=[["7"]], stones={"7"}))
    job = await bench.job()
    assert await worked(bench) == ALONE_FROM
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    assert await aside(bench) == {"7"}


async def test_webhooks_of_the_others_are_heard() -> None:
    """Of what is marked all but that one is read; where it is alone, its mark stays."""
    bench = Bench(Mute())
    await bench.job()
    await bench.work()
    assert isinstance(bench.site, Mute)
    bench.site.stones = {"7"}
    mark(bench, "5", "7", "9")
    await worked(bench)
    assert marked(bench) == []
    assert await aside(bench) == {"7"}
    assert {IssueId("5"), IssueId("9")} <= set(await bench.runs.issues(bench.connection))
    mark(bench, "7")
    await worked(bench)
    assert marked(bench) == ["7"]


async def stored(bench: Bench) -> set[str]:
    """Give what is stored and was not marked as deleted."""
    kept = await bench.runs.issues(bench.connection)
    return {issue_id for issue_id, (issue, _) in kept.items() if issue.deleted is None}


async def restricted(selection: Selection = OF_A_PROJECT) -> Bench:
    """Give a bench that has collected, whose site neither lists nor matches 7, nor answers for it.

    So does one that shows no more of a project whose issues trouble it.
    """
    bench = Bench(Mute(sweeps=[["5", "7", "9"]]))
    bench.connection = replace(bench.connection, selection=selection)
    await bench.job()
    await bench.work()
    assert isinstance(bench.site, Mute)
    bench.site.sweeps, bench.site.stones, bench.site.elsewhere = [["5", "9"]], {"7"}, {"7"}
    return bench


async def test_an_unanswered_issue_is_not_one_that_left() -> None:
    """Nobody said that it is there and something else: it stays as it was stored."""
    bench = await restricted()
    bench.site.sweeps = [["5"]]
    census = job_of(bench.connection, "2", Mode.CENSUS)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[census.job_id], kept.active = census, census.job_id
    assert await worked(bench) == PLAINLY_SO_FROM
    assert await stored(bench) == {"5", "7", "9"}
    assert await aside(bench) == {"7"}


async def test_a_webhook_of_an_unanswered_issue_deletes_nothing() -> None:
    bench = await restricted()
    mark(bench, "5", "7", "9")
    await worked(bench)
    assert marked(bench) == []
    assert await stored(bench) == {"5", "7", "9"}
    assert await aside(bench) == {"7"}


async def test_a_delta_does_not_pass_over_an_unanswered_issue() -> None:
    """What a restriction matches no more, and nobody answers for, may be anything: it is said."""
    bench = await restricted(Selection(jql="type = Bug"))
    bench.site.sweeps = [["5", "7", "9"]]
    delta = job_of(bench.connection, "2", Mode.DELTA)
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[delta.job_id], kept.active = delta, delta.job_id
    bench.site.rows = {each: raw(each, updated=LATER) for each in ("5", "7", "9")}
    assert await worked(bench) == PLAINLY_SO_FROM
    assert await stored(bench) == {"5", "7", "9"}
    assert await aside(bench) == {"7"}
