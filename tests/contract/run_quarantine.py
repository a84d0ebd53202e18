"""What every store must hold of issues that were set aside: the real one and the fake alike."""

from services.kernel.ids import IssueId
from services.sync.domain.quarantine import Quarantined, Read
from tests.contract.run_store import NOW, RunStoreSuite
from tests.contract.run_subject import Subject
from tests.unit.analytics_histories import issue

BAD = Quarantined(IssueId("1"), "KeyError 'status'", "2023-01-01T00:00:00.000+0000")


class RunQuarantineSuite(RunStoreSuite):
    """The suite; a subclass gives the fixture `store`."""

    async def test_what_was_set_aside_is_counted_once(self, store: Subject) -> None:
        """However often it is tried; the rest of its page is stored."""
        connection, job, claim = await self.begun(store, ["1", "2"])
        [page] = await store.undone(claim, 10)
        for _ in range(2):
            await store.write_page(claim, page, Read((issue(issue_id="2"),), (BAD,)), NOW)
        state = await store.state(connection)
        assert (state.issue_count, state.quarantined_count) == (1, 1)
        assert set(await store.issues(connection)) == {IssueId("2")}
        assert (await store.job(job)).issues_done == 2

    async def test_what_can_be_kept_is_in_quarantine_no_more(self, store: Subject) -> None:
        """Once the site sends it as it should, or it never was set aside: the count says so."""
        connection, _, claim = await self.begun(store, ["1"])
        [page] = await store.undone(claim, 10)
        await store.write_page(claim, page, Read(quarantined=(BAD,)), NOW)
        for _ in range(2):
            await store.write_page(claim, page, Read((issue(issue_id="1"),)), NOW)
            assert (await store.state(connection)).quarantined_count == 0
        assert set(await store.issues(connection)) == {IssueId("1")}
