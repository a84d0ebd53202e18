"""What a run asks a store before it asks the site, in every store that a run writes through."""

from dataclasses import replace

from services.kernel.ids import IssueId
from services.kernel.sync_job import Mode
from services.sync.domain.fields import FieldSet
from services.sync.domain.ledger import Ledger
from services.sync.domain.quarantine import Quarantined, Read
from services.sync.domain.slices import PAGES_OF_A_SLICE, Slice
from services.sync.domain.unshown import Unseen, Unshown
from tests.contract.run_store import NOW, STATUSES, RunStoreSuite, connection_named, job_of
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

    async def test_fields(self, store: Subject) -> None:
        """They are kept; whether everything stored was read with them is known at once."""
        connection, _, claim = await self.begun(store, ["1"])
        own = FieldSet(team_points=("customfield_1",), flags=("customfield_2", "customfield_3"))
        first = await store.know_fields(claim, NOW, own)
        assert first.fields == own
        assert not first.connection.state.fields_settled
        again = await store.claim(connection.connection_id, NOW)
        assert again is not None
        assert (again.fields, again.connection.fields_read) == (own, NOW)
        assert not (await store.state(connection)).fields_settled
        await store.succeed(again, NOW, NOW, moved=True)
        assert (await store.state(connection)).fields_settled

    async def test_a_job_that_reads_everything_after_all(self, store: Subject) -> None:
        """It stays so for whoever goes on with it."""
        connection = connection_named("1")
        await store.add(connection, job_of(connection, "1", Mode.DELTA, since=5))
        claim = await store.claim(connection.connection_id, NOW)
        assert claim is not None
        whole = await store.begin_again(claim)
        assert (whole.job.mode, whole.job.since) == (Mode.FULL, None)
        again = await store.claim(connection.connection_id, NOW)
        assert again is not None
        assert (again.job.mode, again.job.since) == (Mode.FULL, None)

    async def test_projects_that_are_not_shown(self, store: Subject) -> None:
        """They are so since they were first; what is shown again is looked through as a whole.

        Until a job has done that it is missed like the others.
        """
        connection = connection_named("1")
        await store.add(connection, job_of(connection, "1", Mode.DELTA, since=5))
        claim = await store.claim(connection.connection_id, NOW)
        assert claim is not None
        claim = await store.know_hidden(claim, NOW, ["AB"])
        claim = await store.know_hidden(claim, NOW + 1, ["AB", "CD"])
        first, second = Unshown(NOW), Unshown(NOW + 1)
        assert claim.connection.unseen == Unseen({"AB": first, "CD": second}, {})
        assert claim.job.since == 5
        claim = await store.know_hidden(claim, NOW + 2, ["CD"])
        again = await store.claim(connection.connection_id, NOW)
        assert again is not None
        for one in (claim, again):
            assert one.connection.unseen == Unseen({"CD": second}, {"AB": first})
            assert (one.connection.state.hidden_count, one.job.since) == (2, 0)
        hold = await store.hide(again, NOW + 3, ["CD", "EF"])
        later = await store.claim(connection.connection_id, NOW)
        assert later is not None
        for noted in (hold, later):
            hidden = {"CD": second, "EF": Unshown(NOW + 3)}
            assert noted.connection.unseen == Unseen(hidden, {"AB": first})
            assert noted.connection.state.hidden_count == 3
        await store.succeed(later, NOW + 4, NOW, moved=False)
        assert (await store.state(connection)).hidden_count == 2

    async def test_slices(self, store: Subject) -> None:
        """Whoever goes on knows which were listed; of the others nothing is left."""
        connection = connection_named("1")
        await store.add(connection, job_of(connection, "1"))
        claim = await store.claim(connection.connection_id, NOW)
        assert claim is not None
        assert await store.slices(claim, "asked") == []
        cut = [Slice(0, 0, 5), Slice(1, 5)]
        await store.begin_slices(claim, NOW, "asked", cut)
        for one in cut:
            await store.drop_slice(claim, one)
            await store.add_pages(claim, one.number * PAGES_OF_A_SLICE, [[f"{one.number}"]])
        await store.end_slice(claim, cut[0], 1)
        again = await store.claim(connection.connection_id, NOW + 1)
        assert again is not None
        assert again.job.query_start == NOW
        assert await store.slices(again, "asked") == [replace(cut[0], listed=1), cut[1]]
        assert await store.slices(again, "something else") == []
        await store.drop_slice(again, cut[1])
        assert [page.ids for page in await store.undone(again, 10)] == [("0",)]
