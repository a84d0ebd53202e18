"""What a run asks a store before it asks the site, in every store that a run writes through."""

from services.kernel.ids import IssueId
from services.sync.domain.ledger import Ledger
from services.sync.domain.quarantine import Quarantined, Read
from tests.contract.run_store import NOW, STATUSES, RunStoreSuite
from tests.contract.run_subject import Subject
from tests.unit.analytics_histories import issue


class RunKnowingSuite(RunStoreSuite):
    """A part of the suite; a subclass gives the fixture `store`."""

    async def test_statuses(self, store: Subject) -> None:
        """They are known from then on, and when they were read."""
        connection, _, claim = await self.begun(store)
        await store.know_statuses(claim, NOW, STATUSES)
        assert dict((await store.state(connection)).statuses) == STATUSES
        again = await store.claim(connection.connection_id, NOW)
        assert again is not None
        assert again.connection.statuses_read == NOW

    async def test_what_is_stored_already(self, store: Subject) -> None:
        """Of the issues asked about: up to when they are stored, and what was set aside."""
        _, _, claim = await self.begun(store, ["1", "2", "3"])
        [page] = await store.undone(claim, 10)
        bad = Quarantined(IssueId("2"), "KeyError", "2023-01-01T00:00:00.000+0000")
        good = tuple(issue(issue_id=each, updated=1000) for each in ("1", "3"))
        await store.write_page(claim, page, Read(good, (bad,)), NOW)
        asked = [IssueId(each) for each in ("1", "2", "4")]
        assert await store.ledger(claim, asked) == Ledger(
            {IssueId("1"): 1000}, {IssueId("2"): bad.updated}
        )
