"""A bad issue never stops the good ones: it is set aside, counted, and tried again."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState
from services.sync.domain.fields import NO_FIELDS
from services.sync.domain.quarantine import LONGEST_REASON
from services.sync.reading import REFUSALS_BELIEVED, read_page
from services.sync.sources.answers import CredentialRefused, PageRefused, SiteRefuses
from tests.contract.run_store import job_of
from tests.unit.sync_collecting import Bench, HandMadeSite, raw

BAD = raw("2", status=None)


class Stumbling:
    """A site that refuses every page in which one of some issues is."""

    def __init__(self, *stones: str) -> None:
        self.stones = set(stones)
        self.calls = 0

    async def changelogs(self, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Read changelogs."""
        self.calls += 1
        if self.stones & set(ids):
            raise PageRefused("the site's answer is too large")
        return {}

    async def issues(self, ids: Sequence[str], also: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Read issues."""
        return [raw(issue_id) for issue_id in ids]


async def test_an_issue_that_cannot_be_kept_is_set_aside() -> None:
    """The rest of its page is stored; it is counted, with the reason and nothing it holds."""
    bench = Bench(HandMadeSite(sweeps=[["1", "2", "3"]], rows={"2": BAD}))
    job = await bench.job()
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    assert set(await bench.runs.issues(bench.connection)) == {IssueId("1"), IssueId("3")}
    state = await bench.runs.state(bench.connection)
    assert (state.issue_count, state.quarantined_count, state.expected_issue_count) == (2, 1, 3)
    [bad] = bench.runs.kept[bench.connection.connection_id].quarantine.values()
    assert (bad.issue_id, bad.updated) == (IssueId("2"), BAD["fields"]["updated"])
    assert 0 < len(bad.reason) <= LONGEST_REASON


async def test_it_is_kept_once_it_can_be() -> None:
    """The next sweep that finds it takes it out of quarantine."""
    bench = Bench(HandMadeSite(sweeps=[["2"]], rows={"2": BAD}))
    await bench.job()
    await bench.work()
    again = job_of(bench.connection, "2")
    kept = bench.runs.kept[bench.connection.connection_id]
    bench.runs.jobs[again.job_id], kept.active = again, again.job_id
    bench.site.rows = {}
    await bench.work()
    assert set(await bench.runs.issues(bench.connection)) == {IssueId("2")}
    assert (await bench.runs.state(bench.connection)).quarantined_count == 0


@pytest.mark.parametrize("stones", [("7",), ("0", "99"), ("3", "4", "50")])
async def test_a_page_the_site_stumbles_over_is_halved(stones: tuple[str, ...]) -> None:
    """All but the stones are read, in a number of calls that follows the stones."""
    site = Stumbling(*stones)
    read = await read_page(site, [str(number) for number in range(100)], NO_FIELDS)
    assert {issue.issue_id for issue in read.issues} == {
        str(number) for number in range(100) if str(number) not in stones
    }
    assert {bad.issue_id for bad in read.quarantined} == set(stones)
    assert site.calls <= 1 + 14 * len(stones)


async def test_a_site_that_gives_nothing_is_not_the_issues_fault() -> None:
    """It is refused as a whole, after a bounded number of calls, and nothing is set aside."""
    ids = [str(number) for number in range(100)]
    site = Stumbling(*ids)
    with pytest.raises(SiteRefuses):
        await read_page(site, ids, NO_FIELDS)
    assert site.calls <= REFUSALS_BELIEVED


async def test_a_bad_issue_alone_does_not_stop_its_sync() -> None:
    """Where it is all that changed, it is set aside, and the sync ends well."""
    read = await read_page(Stumbling("7"), ["7"], NO_FIELDS)
    assert [bad.issue_id for bad in read.quarantined] == ["7"]


@pytest.mark.parametrize("error", [CredentialRefused(), SiteRefuses("HTTP 410")])
async def test_nothing_but_a_refused_page_is_halved(error: Exception) -> None:
    """A refused credential, or a call that is not served, is not tried with fewer issues."""
    site = HandMadeSite(raising={"issues": [error]})
    with pytest.raises(type(error)):
        await read_page(site, ["1", "2", "3"], NO_FIELDS)
    assert len(site.asked) == 1
