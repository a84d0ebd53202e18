"""What a worker does with marks: read, stored, taken out, in that order."""

from dataclasses import replace

import pytest

from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState
from services.sync.domain.selection import Selection
from services.sync.hooks.refreshing import AT_ONCE, BATCHES_AT_ONCE
from services.sync.queue import PutBack
from tests.contract.run_store import NOW
from tests.unit.sync_collecting import Bench, raw
from tests.unit.sync_marking import LATER, alive, mark, marked, state, synced


async def test_a_hundred_webhooks_cost_one_call() -> None:
    """However many tell of however many issues: one page of them, read once."""
    bench = await synced()
    for number in range(100):
        mark(bench, str(number % 50), str(number))
    before = await state(bench)
    await bench.work()
    assert [name for name, _ in bench.site.asked].count("issues") == 1
    assert len(await alive(bench)) == 100
    assert marked(bench) == []
    now = await state(bench)
    assert now.revision == before.revision + 1
    assert now.complete_until == before.complete_until


async def test_nothing_marked_asks_nothing() -> None:
    """Neither the site nor for the connection: whoever had it keeps it."""
    bench = await synced()
    before = await state(bench)
    await bench.work()
    assert bench.site.asked == []
    assert await state(bench) == before


async def test_what_did_not_change_leaves_the_answers_in_the_caches() -> None:
    """Its mark is taken out; no revision is raised, and nobody is told."""
    bench = await synced()
    before, told = await state(bench), bench.heard.told
    mark(bench, "1")
    await bench.work()
    assert (marked(bench), bench.heard.told) == ([], told)
    assert (await state(bench)).revision == before.revision


async def test_marked_again_while_it_is_read() -> None:
    """A webhook that lands while a refresh ends is read as well: by this turn, or the next."""
    bench = await synced()
    mark(bench, "1")

    async def edited() -> None:
        bench.site.meanwhile = None
        bench.site.rows["1"] = raw("1", updated=LATER)
        mark(bench, "1")

    bench.site.meanwhile = edited
    await bench.work()
    issue, _ = (await bench.runs.issues(bench.connection))[IssueId("1")]
    assert [name for name, _ in bench.site.asked].count("issues") == 2
    assert (issue.updated, marked(bench)) == (1672617600000, [])


async def test_its_turn_ends_after_some_batches() -> None:
    """Ten thousand webhooks hold no worker for ever: the rest is put back at once."""
    bench = await synced()
    more = AT_ONCE * BATCHES_AT_ONCE + 1
    mark(bench, *map(str, range(1000, 1000 + more)))
    with pytest.raises(PutBack) as back:
        await bench.work()
    assert (back.value.until, len(marked(bench))) == (NOW, 1)
    await bench.work()
    assert marked(bench) == []


async def test_the_job_comes_first_and_its_marks_after_it() -> None:
    """Before the first FULL has listed everything nothing is read of marks; then all is."""
    bench = Bench()
    await bench.runs.add(bench.connection)
    mark(bench, "1", "9")
    await bench.work()
    assert (bench.site.asked, marked(bench)) == ([], ["1", "9"])
    job = await bench.job()
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    assert (await alive(bench), marked(bench)) == ({"1", "2", "9"}, [])


async def test_deleted_is_what_the_site_says_and_gives_no_more() -> None:
    """One of two that are gone was told of as deleted; one that was is still there."""
    bench = await synced(sweeps=[["1", "2", "3"]])
    bench.site.gone = {"1", "2"}
    mark(bench, "1", "3", deleted=True)
    mark(bench, "2")
    await bench.work()
    assert (await alive(bench), marked(bench)) == ({"2", "3"}, [])
    assert (await state(bench)).issue_count == 2


async def test_only_what_is_collected_is_stored() -> None:
    """What is elsewhere is not stored, and what went there is there no more."""
    bench = Bench()
    bench.connection = replace(bench.connection, selection=Selection(("AB",)))
    await bench.job()
    await bench.work()
    bench.site.elsewhere = {"2", "7"}
    bench.site.rows["8"] = raw("8", status=None)
    bench.site.elsewhere.add("8")
    mark(bench, "1", "2", "7", "8")
    await bench.work()
    assert (await alive(bench), marked(bench)) == ({"1"}, [])
    assert (await state(bench)).quarantined_count == 0


async def test_what_cannot_be_kept_is_set_aside() -> None:
    """With its reason, and its mark is taken out: the others are stored."""
    bench = await synced()
    bench.site.rows["7"] = raw("7", status=None)
    mark(bench, "7", "8")
    await bench.work()
    assert (await alive(bench), marked(bench)) == ({"1", "2", "8"}, [])
    assert (await state(bench)).quarantined_count == 1


async def test_a_status_nobody_knew_is_asked_for() -> None:
    """As in any sync; also where the issue was stored before."""
    bench = await synced()
    bench.site.listed.append({"id": "5", "name": "New", "statusCategory": {"key": "done"}})
    bench.site.rows["1"] = raw("1", updated=LATER, status={"id": "5", "name": "New"})
    mark(bench, "1")
    await bench.work()
    assert "5" in (await state(bench)).statuses
